import { createAggregatorClient } from '#runtime/aggregator-client.ts';
import { createHttpApp } from '#runtime/http-server.ts';
import { createKubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { createMetricsRegistry } from '#runtime/metrics.ts';
import type { Service } from '#runtime/service.ts';
import { demandClientCertificate } from '#runtime/tls/client-certificate.ts';
import { servingFiles } from '#runtime/tls/settings.ts';
import { type VerbContext, verbPath } from './answer-verb.ts';
import { type ClusterView, fixedView, watchCluster } from './cluster-view.ts';
import type { ExtenderConfig } from './config.ts';
import { type DecisionReporter, startDecisionReporter } from './decision-reporter.ts';
import { createDecisions } from './decisions.ts';
import { explainHandler } from './explain.ts';
import { createExtenderMetrics, type ExtenderMetrics, exposeView } from './metrics.ts';
import { PlacementLag } from './placement-lag.ts';
import { readState } from './state-file.ts';
import { filterHandler, preemptHandler, prioritizeHandler } from './verbs.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';

/** Whole Node objects of 5,000 nodes are about 50 MB; names alone 250 kB. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;
const API_TIMEOUT_MS = 10_000;
/** Calls that are under way when the extender stops have this long to end. */
const CLOSE_MS = 400;

/** Starts the scheduler extender. Throws AppError where the state file, kubeconfig or a TLS file is wrong or the port is taken. */
export async function startExtender(config: ExtenderConfig, logger: Logger): Promise<Service & { port: number }> {
  const registry = createMetricsRegistry();
  const metrics = createExtenderMetrics(registry);
  const lag = new PlacementLag((seconds) => metrics.placementLagSeconds.observe(seconds));
  const reporter = startReporter(config, metrics, logger);
  const { view, wakeUp } = openView(config, metrics, lag, logger);
  exposeView(registry, view, () => wakeUp?.waiting() ?? 0);
  const http = createHttpApp({
    logger,
    registry,
    notReady: () => view.notReady(),
    bodyLimitBytes: BODY_LIMIT_BYTES,
    ...(config.clientCaFile === undefined
      ? {}
      : { guard: demandClientCertificate({ clientName: config.clientName, logger, registry }) }),
  });
  const context: VerbContext = {
    view,
    config,
    metrics,
    logger,
    rejectedEverywhere: (pod, nodes) => wakeUp?.rejected(pod, nodes),
    decisions: createDecisions({
      decided: (pod) => {
        lag.decided(pod);
        reporter?.decided(pod);
      },
      withdrawn: (pod) => {
        lag.withdrawn(pod);
        reporter?.withdrawn(pod);
      },
    }),
  };
  http.post(verbPath('filter'), filterHandler(context));
  http.post(verbPath('prioritize'), prioritizeHandler(context));
  http.post(verbPath('preempt'), preemptHandler(context));
  http.app.get('/v1/explain', explainHandler(view, config));
  const release = () => Promise.all([view.stop(), wakeUp?.stop(), reporter?.stop()]);
  const server = await http.listen(config.host, config.port, servingFiles(config)).catch(async (err: unknown) => {
    await release();
    throw err;
  });
  logger.info({ host: server.host, port: server.port, strategy: config.strategy }, 'extender listens');
  return {
    port: server.port,
    stop: async () => {
      // What is decided until the last answer is still told.
      await server.close(CLOSE_MS);
      await release();
    },
  };
}

/** Undefined where no aggregator is set: the aggregator's audit of bindings must be off then. */
function startReporter(config: ExtenderConfig, metrics: ExtenderMetrics, logger: Logger): DecisionReporter | undefined {
  const { aggregatorUrl: baseUrl, aggregatorCaFile: caFile, tokenFile } = config;
  if (baseUrl === undefined) return undefined;
  const client = createAggregatorClient({ baseUrl, caFile, tokenFile });
  return startDecisionReporter({ client, logger, counted: (outcome) => metrics.decisionReports.inc({ outcome }) });
}

/** The view, and what wakes rejected pods; a state that does not change wakes none. */
function openView(
  config: ExtenderConfig,
  metrics: ExtenderMetrics,
  lag: PlacementLag,
  logger: Logger,
): { view: ClusterView; wakeUp?: WakeUp } {
  if (config.state !== undefined) return { view: fixedView(readState(config.state, config), config) };
  const client = createKubernetesClient(loadKubeConfig(config.kubeconfig), { timeoutMs: API_TIMEOUT_MS });
  const wakeUp = createWakeUp({
    client,
    snapshot: () => view.snapshot(),
    config,
    logger,
    counted: (outcome) => metrics.wakeUps.inc({ outcome }),
  });
  const view = watchCluster(client, logger, config, {
    networkChanged: wakeUp.networkChanged,
    started: wakeUp.started,
    podChanged: (before, after) => {
      lag.podChanged(before, after);
      wakeUp.podChanged(before, after);
    },
  });
  return { view, wakeUp };
}
