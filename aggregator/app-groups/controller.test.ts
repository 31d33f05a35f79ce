import { expect, it, vi } from 'vitest';
import { keepAppGroups } from '#aggregator/app-groups/controller.ts';
import type { GroupState } from '#aggregator/app-groups/group-state.ts';
import { observedGroup } from '#aggregator/app-groups/observed-group.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeGroup } from '#test/builders.ts';

it('plans that pods wait for are written without waiting for the turn of all, however many they are', async () => {
  const names = Array.from({ length: 120 }, (_, index) => `shop-${index}`);
  const groups = names.map((name) => observedGroup.parse(makeGroup(name, { web: {} })));
  const written: string[] = [];
  const client: Partial<KubernetesClient> = {
    apply: async (path) => void written.push(path.split('/').at(-2) ?? ''),
  };
  const state: Partial<GroupState> = { synced: () => true, groups: () => groups };
  const controller = keepAppGroups({
    client: client as KubernetesClient,
    state: state as GroupState,
    facts: () => ({ placed: undefined, placementCost: undefined, planned: undefined, drifted: undefined }),
    plansWritten: () => {},
    intervalMs: 600_000,
    logger: createLogger('test', 'silent'),
  });
  for (const name of names) controller.planned(`default/${name}`);
  await vi.waitFor(() => expect(written.toSorted()).toEqual(names.toSorted()), { timeout: 10_000, interval: 10 });
  await controller.stop();
});
