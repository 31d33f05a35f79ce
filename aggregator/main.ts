import { Router } from 'express';
import { Aggregation } from '#aggregator/aggregation.ts';
import { keepGates } from '#aggregator/app-groups/gates.ts';
import { lookAfterGroups } from '#aggregator/app-groups/group-care.ts';
import { snapshotOf, watchGroups } from '#aggregator/app-groups/group-state.ts';
import { appGroupsHandler } from '#aggregator/app-groups/routes.ts';
import { type CallerGuard, createCallerGuard } from '#aggregator/authentication/caller-guard.ts';
import { watchBindings } from '#aggregator/bindings/binding-watch.ts';
import { decisionsHandler } from '#aggregator/bindings/decisions.ts';
import { writePlacementEvents } from '#aggregator/bindings/placement-events.ts';
import { type ClusterWatch, watchCluster } from '#aggregator/cluster/cluster-watch.ts';
import type { AggregatorConfig } from '#aggregator/config.ts';
import { countWrites } from '#aggregator/counted-client.ts';
import { keepCoordinates } from '#aggregator/links/coordinate-rounds.ts';
import {
  type AggregatorMetrics,
  countMeasurement,
  createAggregatorMetrics,
  exposeAggregation,
} from '#aggregator/metrics.ts';
import { createPublisher, type Publisher } from '#aggregator/publishing/publisher.ts';
import { readBodies } from '#aggregator/reports/report-bodies.ts';
import { addRoutes } from '#aggregator/routes.ts';
import { createHttpApp } from '#runtime/http-server.ts';
import { createKubernetesClient, type KubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { createMetricsRegistry } from '#runtime/metrics.ts';
import type { Service } from '#runtime/service.ts';
import { servingFiles } from '#runtime/tls/settings.ts';

/** A report of 1000 measurements has about 200 kB. */
const BODY_LIMIT_BYTES = 1024 * 1024;
/** Agents that are told to come back wait at least this long, each another time. */
const REPORT_LIMITS = {
  bytes: BODY_LIMIT_BYTES,
  bytesUnderWay: 32 * 1024 * 1024,
  timeoutMs: 10_000,
  retryAfterSeconds: 1,
};
const API_TIMEOUT_MS = 5000;
const TICK_MS = 1000;
const AGE_MS = 15_000;

/** Starts the aggregator. Throws AppError where the kubeconfig or a TLS file is wrong or the port is taken. */
export async function startAggregator(config: AggregatorConfig, logger: Logger): Promise<Service & { port: number }> {
  const registry = createMetricsRegistry();
  const metrics = createAggregatorMetrics(registry);
  const kubernetes = createKubernetesClient(loadKubeConfig(config.kubeconfig), { timeoutMs: API_TIMEOUT_MS });
  const client = countWrites(kubernetes, (verb, outcome) => metrics.apiWrites.inc({ verb, outcome }));
  const aggregation = new Aggregation({
    changed: () => publisher?.request(),
    measured: (origin, measurement, outcome) => {
      countMeasurement(metrics, measurement, outcome);
      if (measurement.kind === 'rtt' && outcome === 'added') zonePairs.observe(origin, measurement);
    },
    rejected: (reason) => metrics.rejectedMeasurements.inc({ reason }),
    leaseEnded: (outcome) => metrics.leases.inc({ outcome }),
  });

  if (config.agentService === undefined) {
    logger.info(
      'no agent Service is given: nodes are probed at their own addresses, also where spec.probe.network is Pod',
    );
  }
  const zonePairs = exposeAggregation(registry, aggregation, {
    linkMetricsUpToNodes: config.linkMetricsUpToNodes,
    invalidObjects: () => cluster.invalidObjects() + groups.invalidObjects(),
  });

  /** There from the moment on when everything was listed once. */
  let publisher: Publisher | undefined;
  const cluster = watchCluster(client, config.agentService, logger, {
    clusterChanged: () => {
      publisher ??= startPublishing(cluster);
      updateCluster(aggregation, cluster);
      publisher.request();
    },
    slicesChanged: () => publisher?.observe(),
  });
  function startPublishing(listed: ClusterWatch): Publisher {
    updateCluster(aggregation, listed);
    const published = listed.takeSlices();
    aggregation.seed(published, Date.now());
    logger.info({ nodes: listed.nodeObjects().length, slices: published.length }, 'read the cluster');
    const started = createPublisher({
      client,
      aggregation,
      cluster: listed,
      published,
      intervalMs: config.writeIntervalMs,
      logger,
      theirTopology: config.publishNetworkTopology,
    });
    started.observe();
    bindings?.ready();
    appGroups.groupChanged(undefined, true);
    return started;
  }

  const bindings = config.auditBindings
    ? watchBindings({ client, schedulerName: config.schedulerName, metrics, logger })
    : undefined;
  const groups = watchGroups({
    client,
    logger,
    events: {
      podChanged: (before, after, listing, watchedSinceMs) => {
        bindings?.podChanged(before, after, listing, watchedSinceMs);
        placementEvents.podChanged(before, after, listing);
        appGroups.podChanged(before, after);
        gates.podChanged(before, after, listing);
      },
      groupChanged: (group, isOther) => {
        appGroups.groupChanged(group, isOther);
        gates.groupChanged();
      },
    },
  });
  const placementEvents = writePlacementEvents({
    client,
    schedulerName: config.schedulerName,
    snapshot: () => snapshotOf(groups, aggregation.overview(Date.now()).matrix),
    metrics,
    logger,
  });
  const appGroups = lookAfterGroups({
    client,
    state: groups,
    cluster,
    // Before all was listed, plans and costs would be of a part of the cluster.
    matrix: () => (publisher === undefined ? undefined : aggregation.overview(Date.now()).matrix),
    planReadyChanged: () => gates.groupChanged(),
    drift: { thresholdPercent: config.driftThresholdPercent, afterSeconds: config.driftAfterSeconds },
    intervalMs: config.writeIntervalMs,
    metrics,
    logger,
  });
  const gates = keepGates({
    client,
    state: groups,
    planReady: appGroups.planReady,
    delays: {
      settleMs: config.gateSettleMs,
      planWaitMs: config.gatePlanWaitMs,
      deadlineMs: config.gateDeadlineMs,
      limitMs: config.gateLimitMs,
    },
    metrics,
    logger,
  });
  const notReady = () => (publisher === undefined ? (cluster.waitingFor() ?? 'reading the cluster') : undefined);
  const agents = openCallerGuard(config, kubernetes, metrics, logger);
  const guard = Router();
  if (agents !== undefined) guard.use(agents.authenticate);
  const readReports = readBodies(REPORT_LIMITS, (reason) => metrics.refusedReports.inc({ reason }));
  const http = createHttpApp({
    logger,
    registry,
    notReady,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    guard: guard.post('/v1/reports', readReports),
  });
  // Taken at any time: a decision that is refused while the cluster is read could come too late.
  http.app.post(
    '/v1/decisions',
    decisionsHandler((uids) => bindings?.decided(uids)),
  );
  addRoutes(http.app, { aggregation, metrics, notReady, demandOwnNode: agents?.demandOwnNode });
  http.app.get('/v1/appgroups', appGroupsHandler({ views: appGroups.views, synced: groups.synced }));
  http.app.get('/v1/advice', (_request, response) => void response.json(appGroups.advice()));
  const timers = [
    setInterval(() => aggregation.tick(Date.now()), TICK_MS),
    setInterval(() => {
      aggregation.age(Date.now());
      appGroups.costsMoved();
    }, AGE_MS),
  ];
  const coordinates = keepCoordinates(aggregation, logger);
  const release = async () => {
    for (const timer of timers) clearInterval(timer);
    aggregation.waiters.releaseAll();
    bindings?.stop();
    placementEvents.stop();
    await Promise.all([
      cluster.stop(),
      groups.stop(),
      appGroups.stop(),
      gates.stop(),
      coordinates.stop(),
      publisher?.stop(),
    ]);
  };

  try {
    const server = await http.listen(config.host, config.port, servingFiles(config));
    logger.info({ host: server.host, port: server.port }, 'aggregator listens');
    return { port: server.port, stop: async () => void (await Promise.all([server.close(), release()])) };
  } catch (err) {
    await release();
    throw err;
  }
}

/** While there is no valid NetworkTopology, the settings stay as they were. */
function updateCluster(aggregation: Aggregation, cluster: ClusterWatch): void {
  const spec = cluster.topology()?.spec ?? aggregation.spec;
  aggregation.updateCluster(cluster.nodes(spec.probe), spec, Date.now());
}

/** Undefined where agents need no token. */
function openCallerGuard(
  { agentAudience, agentServiceAccount, extenderServiceAccount }: AggregatorConfig,
  client: KubernetesClient,
  metrics: AggregatorMetrics,
  logger: Logger,
): CallerGuard | undefined {
  if (agentAudience === undefined || agentServiceAccount === undefined) return undefined;
  return createCallerGuard({
    client,
    audience: agentAudience,
    serviceAccount: agentServiceAccount,
    extenderServiceAccount,
    metrics,
    logger,
  });
}
