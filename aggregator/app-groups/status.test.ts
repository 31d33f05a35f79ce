import { describe, expect, it } from 'vitest';
import { observedGroup } from '#aggregator/app-groups/observed-group.ts';
import { AppGroupStatusWriter } from '#aggregator/app-groups/status.ts';
import { AppError, type AppErrorCode } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { makeGroup } from '#test/builders.ts';

const nothing = () => ({ placed: undefined, placementCost: undefined, planned: undefined, drifted: undefined });
const groups = ['one', 'two', 'three'].map((name) => observedGroup.parse(makeGroup(name, { web: {} })));

/** Refuses the statuses of these groups, as long as they are in the map. */
function writerThat(refuses: Map<string, AppErrorCode>) {
  const tried: string[] = [];
  const apply = async (path: string) => {
    const name = path.split('/').at(-2) ?? '';
    tried.push(name);
    const code = refuses.get(name);
    if (code !== undefined) throw new AppError(code, `${name} is refused`);
  };
  const writer = new AppGroupStatusWriter(
    { apply } as Partial<KubernetesClient> as KubernetesClient,
    nothing,
    () => {},
  );
  /** The groups whose status was sent, and what was thrown. */
  return async (most = 50) => {
    tried.length = 0;
    const outcome = await writer.write(groups, most).catch((err: Error) => err.message);
    return { tried: [...tried], outcome };
  };
}

describe('a status that is refused', () => {
  it.each<AppErrorCode>(['FORBIDDEN', 'FAILED', 'CONFLICT', 'INVALID_INPUT'])('holds up no other: %s', async (code) => {
    const write = writerThat(new Map([['one', code]]));
    expect(await write()).toEqual({ tried: ['one', 'two', 'three'], outcome: 'one is refused' });
  });

  it('is tried again after all others', async () => {
    const refuses = new Map<string, AppErrorCode>([['one', 'FORBIDDEN']]);
    const write = writerThat(refuses);
    expect((await write(1)).tried).toEqual(['one']);
    expect((await write(2)).tried).toEqual(['two', 'three']);
    expect((await write(1)).tried).toEqual(['one']);
    refuses.clear();
    expect(await write()).toEqual({ tried: ['one'], outcome: true });
    expect(await write()).toEqual({ tried: [], outcome: true });
  });

  it('is not tried again where it is not valid, until the group changes', async () => {
    const write = writerThat(new Map([['one', 'INVALID_INPUT']]));
    await write();
    expect(await write()).toEqual({ tried: [], outcome: true });
  });

  it('ends the turn where the API server cannot be reached', async () => {
    const write = writerThat(new Map([['one', 'UNAVAILABLE']]));
    expect(await write()).toEqual({ tried: ['one'], outcome: 'one is refused' });
  });
});
