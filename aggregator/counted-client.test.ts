import { expect, it } from 'vitest';
import { countWrites } from '#aggregator/counted-client.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

it('every write is counted, with its outcome', async () => {
  const counted: string[] = [];
  const done = async () => ({});
  const away = () => Promise.reject(new Error('away'));
  const client = { get: done, create: done, patch: away, apply: done, delete: away } as unknown as KubernetesClient;
  const counting = countWrites(client, (verb, outcome) => counted.push(`${verb} ${outcome}`));
  await counting.get('/x');
  await counting.create('/x', {});
  await expect(counting.patch('/x', 'application/merge-patch+json', {})).rejects.toThrow('away');
  await counting.apply('/x', 'me', {});
  await expect(counting.delete('/x')).rejects.toThrow('away');
  expect(counted).toEqual(['create success', 'patch failure', 'apply success', 'delete failure']);
});
