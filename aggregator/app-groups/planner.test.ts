import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GroupState } from '#aggregator/app-groups/group-state.ts';
import { createPlanner, type Planner } from '#aggregator/app-groups/planner.ts';
import { createAggregatorMetrics } from '#aggregator/metrics.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import { knownGroup } from '#core/appgroup/known-group.ts';
import { UsageIndex } from '#core/resources/usage-index.ts';
import { createLogger } from '#runtime/logger.ts';
import { createMetricsRegistry } from '#runtime/metrics.ts';
import { makeGroup, makeNode, makePod, makeSnapshot } from '#test/builders.ts';

const WAIT = { timeout: 10_000, interval: 5 };
const SHOP = 'default/shop';
const nodes = ['a', 'b'].map((zone) => makeNode(`${zone}1`, { zone }));
const { matrix } = makeSnapshot({ nodes });
let planner: Planner | undefined;

afterEach(() => planner?.stop());

function start(pods: Pod[]) {
  const known = new Map([[SHOP, knownGroup(makeGroup('shop', { web: { db: 1 }, db: {} }))]]);
  const state: Partial<GroupState> = {
    synced: () => true,
    known: () => known,
    isTheirs: () => false,
    pods: () => pods,
    podsOutside: () => [],
  };
  const usage = new UsageIndex();
  /** Whether the outcome was of all pods when a look was over. */
  const told: boolean[] = [];
  const started = createPlanner({
    state: state as GroupState,
    ground: () => ({ matrix, nodes, usage, topologyGeneration: undefined }),
    planned: () => {},
    looked: () => told.push(started.covering(SHOP, undefined) !== undefined),
    metrics: createAggregatorMetrics(createMetricsRegistry()),
    logger: createLogger('test', 'silent'),
  });
  planner = started;
  return { planner: started, told };
}

describe('what is planned', () => {
  it('is not of all pods between the coming of one and the look that follows, and is told to be so afterwards', async () => {
    const podOf = (name: string) => {
      const pod = makePod(name, { group: 'shop', workload: name.slice(0, -2) });
      return { ...pod, metadata: { ...pod.metadata, uid: name } };
    };
    const pods = ['web-0', 'db-0'].map(podOf);
    const { planner: started, told } = start(pods);
    started.changed(SHOP);
    await vi.waitFor(() => expect(told).toEqual([true]), WAIT);
    expect(started.outcome(SHOP, undefined)?.plan?.assignments).toHaveLength(2);

    // What is looked at again, and waits for its share of the process, is of all of them as before.
    started.changed(SHOP);
    expect(started.covering(SHOP, undefined)).toBeDefined();
    pods.push(podOf('db-1'));
    started.changed(SHOP);
    expect(started.covering(SHOP, undefined)).toBeUndefined();
    await vi.waitFor(() => expect(started.covering(SHOP, undefined)?.plan?.assignments).toHaveLength(3), WAIT);
    expect(told.at(-1)).toBe(true);
  });
});
