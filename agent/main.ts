import { createBandwidthTester } from '#agent/bandwidth-tester.ts';
import type { AgentConfig } from '#agent/config.ts';
import { createAgentMetrics } from '#agent/metrics.ts';
import { startPlanPoller } from '#agent/plan-poller.ts';
import { startReporter } from '#agent/reporter.ts';
import { createRttProber } from '#agent/rtt-prober.ts';
import { createAggregatorClient } from '#runtime/aggregator-client.ts';
import { createHttpApp } from '#runtime/http-server.ts';
import type { Logger } from '#runtime/logger.ts';
import { createMetricsRegistry } from '#runtime/metrics.ts';
import type { Service } from '#runtime/service.ts';

const BODY_LIMIT_BYTES = 1024;
const CLOSE_GRACE_MS = 200;

/** Measures the network from one node: fetches the node's plan, probes its peers, reports. Ready once it has a plan. */
export async function startAgent(config: AgentConfig, logger: Logger): Promise<Service> {
  const { node } = config;
  const registry = createMetricsRegistry();
  const metrics = createAgentMetrics(registry);
  let hasPlan = false;
  const http = createHttpApp({
    logger,
    registry,
    notReady: () => (hasPlan ? undefined : 'no probe plan yet'),
    bodyLimitBytes: BODY_LIMIT_BYTES,
  });
  const client = createAggregatorClient({
    baseUrl: config.aggregatorUrl,
    caFile: config.aggregatorCaFile,
    tokenFile: config.tokenFile,
  });
  if (config.tokenFile !== undefined && config.aggregatorUrl.startsWith('http:')) {
    logger.warn({ aggregatorUrl: config.aggregatorUrl }, 'the token goes over the network in clear: use https');
  }
  const server = await http.listen(config.listenHost, config.listenPort);
  const reporter = startReporter({ node, spoolSize: config.spoolSize, client, metrics, logger });
  const onMeasurement = reporter.report;
  const prober = createRttProber({ node, metrics, logger, onMeasurement });
  const tester = createBandwidthTester({
    bindAddress: config.iperf3BindAddress,
    prober,
    metrics,
    logger,
    onMeasurement,
  });
  const poller = startPlanPoller({
    node,
    client,
    metrics,
    logger,
    onPlan: (plan) => {
      hasPlan = true;
      prober.follow(plan);
      tester.follow(plan.lease);
    },
  });
  logger.info({ node, port: server.port, aggregatorUrl: config.aggregatorUrl }, 'agent started');

  return {
    async stop() {
      await Promise.all([poller.stop(), prober.stop(), tester.stop()]);
      await Promise.all([reporter.stop(), server.close(CLOSE_GRACE_MS)]);
    },
  };
}
