import { createBandwidthTester } from '#agent/bandwidth-tester.ts';
import type { AgentConfig } from '#agent/config.ts';
import { createInterfaceMeter } from '#agent/interface-meter.ts';
import { createLineReporter } from '#agent/line-reporter.ts';
import { createAgentMetrics } from '#agent/metrics.ts';
import { type FilePlan, followPeersFile, readPeersFile } from '#agent/peers-file.ts';
import { startPlanPoller } from '#agent/plan-poller.ts';
import { startReporter } from '#agent/reporter.ts';
import { createRttProber, type RttPlan } from '#agent/rtt-prober.ts';
import { type AggregatorClient, createAggregatorClient } from '#runtime/aggregator-client.ts';
import { createHttpApp } from '#runtime/http-server.ts';
import type { Logger } from '#runtime/logger.ts';
import { createMetricsRegistry } from '#runtime/metrics.ts';
import type { Service } from '#runtime/service.ts';

const BODY_LIMIT_BYTES = 1024;
const CLOSE_GRACE_MS = 200;
const INTERFACE_READING_MS = 60_000;

/**
 * Measures the network from one node: takes the node's plan from the aggregator or a file, probes its peers, reports. Ready
 * once it has a plan. Throws AppError where a file that it is given is bad or its port is taken.
 */
export async function startAgent(config: AgentConfig, logger: Logger): Promise<Service> {
  const filePlan = config.peersFrom === undefined ? undefined : readPeersFile(config.peersFrom, config.node);
  // Without a file the config has a node.
  const node = filePlan?.node ?? (config.node as string);
  const registry = createMetricsRegistry();
  const metrics = createAgentMetrics(registry);
  let plan: RttPlan | undefined;
  const http = createHttpApp({
    logger,
    registry,
    notReady: () => (plan === undefined ? 'no probe plan yet' : undefined),
    bodyLimitBytes: BODY_LIMIT_BYTES,
  });
  const client = openClient(config, logger);
  const server = await http.listen(config.listenHost, config.listenPort);
  const reporter =
    client === undefined
      ? createLineReporter(node, process.stdout)
      : startReporter({ node, spoolSize: config.spoolSize, client, metrics, logger });
  const onMeasurement = reporter.report;
  const prober = createRttProber({ node, metrics, logger, onMeasurement });
  const meter = createInterfaceMeter();
  const tester = createBandwidthTester({
    bindAddress: config.iperf3BindAddress,
    prober: {
      // What the test itself moves is no use by others.
      quiesce: () => {
        meter.forget();
        return prober.quiesce();
      },
      resume: () => {
        meter.forget();
        prober.resume();
      },
    },
    metrics,
    logger,
    onMeasurement,
  });
  const follow = (latest: RttPlan) => {
    plan = latest;
    prober.follow(latest);
  };
  const source =
    filePlan === undefined
      ? startPlanPoller({
          node,
          tcpPort: server.port,
          client: client as AggregatorClient,
          metrics,
          logger,
          onPlan: (latest) => {
            follow(latest);
            tester.follow(latest.lease);
          },
        })
      : startWithFile(config.peersFrom as string, filePlan, logger, follow);
  const reading = setInterval(() => {
    const addresses = plan?.peers.map(({ address }) => address) ?? [];
    const latest = meter.read(addresses, performance.now());
    if (latest !== undefined) reporter.reportInterface(latest);
  }, INTERFACE_READING_MS);
  logger.info({ node, port: server.port, aggregatorUrl: config.aggregatorUrl }, 'agent started');

  return {
    async stop() {
      clearInterval(reading);
      await Promise.all([source.stop(), prober.stop(), tester.stop()]);
      await Promise.all([reporter.stop(), server.close(CLOSE_GRACE_MS)]);
    },
  };
}

function openClient(config: AgentConfig, logger: Logger): AggregatorClient | undefined {
  const { aggregatorUrl, aggregatorCaFile, tokenFile } = config;
  if (aggregatorUrl === undefined) return undefined;
  if (tokenFile !== undefined && aggregatorUrl.startsWith('http:')) {
    logger.warn({ aggregatorUrl }, 'the token goes over the network in clear: use https');
  }
  return createAggregatorClient({ baseUrl: aggregatorUrl, caFile: aggregatorCaFile, tokenFile });
}

function startWithFile(path: string, plan: FilePlan, logger: Logger, onPlan: (plan: FilePlan) => void) {
  onPlan(plan);
  return followPeersFile({ path, current: plan, logger, onPlan });
}
