import type { Aggregation } from '#aggregator/aggregation.ts';
import type { ClusterWatch } from '#aggregator/cluster-watch.ts';
import type { NamespacedName } from '#aggregator/config.ts';
import { SliceWriter } from '#aggregator/slice-writer.ts';
import { StatusWriter } from '#aggregator/status-writer.ts';
import { TheirTopologyWriter } from '#aggregator/their-topology-writer.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { type PacedTask, pacedTask } from '#runtime/paced-task.ts';

export interface Publisher extends PacedTask {
  /** To be called when the API server's objects changed. */
  observe(): void;
}

/** Writes slices and status at most once per interval. While the API server is away nothing is lost, and one line is logged. */
export function createPublisher(options: {
  client: KubernetesClient;
  aggregation: Aggregation;
  cluster: ClusterWatch;
  intervalMs: number;
  logger: Logger;
  /** A NetworkTopology of scheduler-plugins' that is to be written, too. */
  theirTopology?: NamespacedName | undefined;
}): Publisher {
  const { client, aggregation, cluster, logger } = options;
  const slices = new SliceWriter(client, aggregation);
  const status = new StatusWriter(client, aggregation);
  const theirs = options.theirTopology && new TheirTopologyWriter(client, options.theirTopology, logger);
  let failing = false;
  slices.adopt(cluster.slices());

  async function publish(): Promise<'done' | 'again'> {
    const nowMs = Date.now();
    const overview = aggregation.overview(nowMs);
    // Beside each other, so that a slice which is refused again and again does not hold up the status.
    const results = await Promise.allSettled([
      slices.write(),
      status.write(cluster.topology(), overview, nowMs),
      theirs?.write(overview.matrix),
    ]);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) {
      if (!failing) logger.warn({ err: failure.reason }, 'cannot write to the API server, will go on trying');
      failing = true;
      return 'again';
    }
    if (failing) logger.info('can write to the API server again');
    failing = false;
    // Of the overview that was written: a newer one may have been made meanwhile.
    return overview.version === aggregation.store.version ? 'done' : 'again';
  }

  const task = pacedTask(publish, options.intervalMs);
  return {
    ...task,
    observe: () => {
      slices.observe(cluster.slices().map(({ metadata }) => metadata.name));
      task.request();
    },
  };
}
