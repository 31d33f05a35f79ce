import type { Aggregation } from '#aggregator/aggregation.ts';
import type { ClusterWatch } from '#aggregator/cluster/cluster-watch.ts';
import type { NamespacedName } from '#aggregator/config.ts';
import { SliceWriter } from '#aggregator/publishing/slice-writer.ts';
import { StatusWriter } from '#aggregator/publishing/status-writer.ts';
import { TheirTopologyWriter } from '#aggregator/publishing/their-topology-writer.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { type PacedTask, pacedTask } from '#runtime/paced-task.ts';

export interface Publisher extends PacedTask {
  /** To be called when the API server's objects changed. */
  observe(): void;
}

/** Reports that come within this time are written together. */
const GATHER_MS = 100;

/**
 * Writes slices soon after they changed (slice-writer.ts), and what is told of the whole network at most once per interval.
 * While the API server is away nothing is lost, and one line is logged.
 */
export function createPublisher(options: {
  client: KubernetesClient;
  aggregation: Aggregation;
  cluster: ClusterWatch;
  /** What the API server has of an earlier process. */
  published: readonly NetworkTopologySlice[];
  intervalMs: number;
  logger: Logger;
  /** A NetworkTopology of scheduler-plugins' that is to be written, too. */
  theirTopology?: NamespacedName | undefined;
}): Publisher {
  const { client, aggregation, cluster, intervalMs, logger } = options;
  const slices = new SliceWriter(client, aggregation, intervalMs);
  const status = new StatusWriter(client, aggregation);
  const theirs = options.theirTopology && new TheirTopologyWriter(client, options.theirTopology, logger);
  const failing = new Set<string>();
  slices.adopt(options.published);

  /** Does not throw; logs the first failure and the end of the last. */
  async function attempt(what: string, write: () => Promise<'done' | 'again'>): Promise<'done' | 'again'> {
    try {
      const outcome = await write();
      if (failing.delete(what) && failing.size === 0) logger.info('can write to the API server again');
      return outcome;
    } catch (err) {
      if (failing.size === 0) logger.warn({ err }, 'cannot write to the API server, will go on trying');
      failing.add(what);
      return 'again';
    }
  }

  async function writeOverview(): Promise<'done' | 'again'> {
    const nowMs = Date.now();
    const overview = aggregation.overview(nowMs);
    const results = await Promise.allSettled([
      status.write(cluster.topology(), overview, nowMs),
      theirs?.write(overview.matrix),
    ]);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    // Of the overview that was written: a newer one may have been made meanwhile.
    return overview.version === aggregation.store.version ? 'done' : 'again';
  }

  const tasks = [
    pacedTask(() => attempt('slices', () => slices.write(performance.now())), GATHER_MS),
    pacedTask(() => attempt('overview', writeOverview), intervalMs),
  ];
  const request = () => {
    for (const task of tasks) task.request();
  };
  return {
    request,
    stop: async () => void (await Promise.all(tasks.map((task) => task.stop()))),
    observe: () => {
      slices.observe(cluster.sliceNames());
      request();
    },
  };
}
