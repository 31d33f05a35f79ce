import { createHttpApp } from '#runtime/http-server.ts';
import { createKubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { createMetricsRegistry } from '#runtime/metrics.ts';
import type { Service } from '#runtime/service.ts';
import { type ClusterView, fixedView, watchCluster } from './cluster-view.ts';
import type { ExtenderConfig } from './config.ts';
import { explainHandler } from './explain.ts';
import { createExtenderMetrics } from './metrics.ts';
import { readState } from './state-file.ts';
import { filterHandler, preemptHandler, prioritizeHandler } from './verbs.ts';

/** Whole Node objects of 5,000 nodes are about 50 MB; names alone 250 kB. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;
const API_TIMEOUT_MS = 10_000;

/** Starts the scheduler extender. Throws AppError where the state file or kubeconfig is wrong or the port is taken. */
export async function startExtender(config: ExtenderConfig, logger: Logger): Promise<Service & { port: number }> {
  const view = openView(config, logger);
  const registry = createMetricsRegistry();
  const metrics = createExtenderMetrics(registry, view);
  const http = createHttpApp({ logger, registry, notReady: () => view.notReady(), bodyLimitBytes: BODY_LIMIT_BYTES });
  const context = { view, config, metrics, logger, rejectedEverywhere: () => {}, decided: () => {} };
  http.app.post('/scheduler/filter', filterHandler(context));
  http.app.post('/scheduler/prioritize', prioritizeHandler(context));
  http.app.post('/scheduler/preempt', preemptHandler(context));
  http.app.get('/v1/explain', explainHandler(view, config));
  const server = await http.listen(config.host, config.port);
  logger.info({ host: server.host, port: server.port, strategy: config.strategy }, 'extender listens');
  return {
    port: server.port,
    stop: async () => {
      await Promise.all([server.close(), view.stop()]);
    },
  };
}

function openView(config: ExtenderConfig, logger: Logger): ClusterView {
  if (config.state !== undefined) return fixedView(readState(config.state));
  return watchCluster(createKubernetesClient(loadKubeConfig(config.kubeconfig), { timeoutMs: API_TIMEOUT_MS }), logger);
}
