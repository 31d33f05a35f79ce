import { type Command, Option } from 'commander';
import { SHORTLISTS } from '#core/scoring/shortlist.ts';
import { STRATEGY_NAMES } from '#core/scoring/strategies.ts';
import { createLogger, LOG_LEVELS } from '#runtime/logger.ts';
import { runService } from '#runtime/service.ts';

/** The three services, as they run in a cluster. Each is loaded only when it is run. */
export function registerServices(program: Command): void {
  const logLevel = () => new Option('--log-level <level>', 'what to log, as JSON lines on stderr').choices(LOG_LEVELS);

  program
    .command('agent')
    .description('measure the network from this node and report to the aggregator')
    .option('--node <name>', 'name of this node (NETAWARE_NODE)')
    .option('--aggregator-url <url>', 'where to fetch plans and send reports (NETAWARE_AGGREGATOR_URL)')
    .option(
      '--peers-from <file>',
      'probe the peers in this file (YAML or JSON) instead of a plan; without --aggregator-url measurements are printed, ' +
        'a line of JSON each (NETAWARE_PEERS_FROM)',
    )
    .option('--aggregator-ca-file <file>', "CAs of the aggregator's certificate (NETAWARE_AGGREGATOR_CA_FILE)")
    .option('--token-file <file>', 'ServiceAccount token to show the aggregator (NETAWARE_TOKEN_FILE)')
    .option('--listen-host <address>', 'where to serve health and metrics (default: every address)')
    .option('--listen-port <port>', 'port for health and metrics')
    .option('--iperf3-bind-address <address>', 'where the bandwidth server listens')
    .option('--spool-size <measurements>', 'measurements kept while the aggregator is away')
    .addOption(logLevel())
    .action(async (flags: Record<string, string>) => {
      const [{ loadConfig }, { startAgent }] = await Promise.all([
        import('#agent/config.ts'),
        import('#agent/main.ts'),
      ]);
      const config = loadConfig(flags, process.env);
      const logger = createLogger('agent', config.logLevel);
      // Who read the measurements is gone (`| head`), and nobody else gets them.
      if (config.aggregatorUrl === undefined) process.stdout.once('error', () => process.kill(process.pid, 'SIGTERM'));
      await runService(logger, () => startAgent(config, logger));
    });

  program
    .command('aggregator')
    .description("take the agents' reports and keep the topology resources")
    .option('--host <address>', 'where to listen')
    .option('--port <port>', 'port to listen on')
    .option('--tls-cert-file <file>', 'serve TLS with this certificate (NETAWARE_TLS_CERT_FILE)')
    .option('--tls-private-key-file <file>', 'and with this private key (NETAWARE_TLS_PRIVATE_KEY_FILE)')
    .option('--agent-audience <audience>', 'demand of agents a token for this audience (NETAWARE_AGENT_AUDIENCE)')
    .option('--agent-service-account <namespace/name>', 'and of this account (NETAWARE_AGENT_SERVICE_ACCOUNT)')
    .option(
      '--extender-service-account <namespace/name>',
      'and of this account for decisions (NETAWARE_EXTENDER_SERVICE_ACCOUNT)',
    )
    .option('--agent-service <namespace/name>', 'probe nodes at its endpoints, the agent pods (NETAWARE_AGENT_SERVICE)')
    .option('--kubeconfig <file>', "where the API server is (default: the pod's service account or KUBECONFIG)")
    .option(
      '--publish-network-topology <namespace/name>',
      "keep this NetworkTopology of scheduler-plugins' as measured (NETAWARE_PUBLISH_NETWORK_TOPOLOGY)",
    )
    .option(
      '--link-metrics-up-to-nodes <nodes>',
      'metrics of single links and nodes in clusters of up to so many nodes (default: 50; NETAWARE_LINK_METRICS_UP_TO_NODES)',
    )
    .option('--write-interval-ms <ms>', 'least time between two writes of the resources')
    .option('--scheduler-name <name>', 'scheduler whose pods must have been scored (NETAWARE_SCHEDULER_NAME)')
    .option('--audit-bindings <true|false>', 'tell of those that were not (default: true; NETAWARE_AUDIT_BINDINGS)')
    .option('--gate-settle-ms <ms>', 'gated pods wait so long for more pods of the workloads before theirs')
    .option('--gate-plan-wait-ms <ms>', 'for the plan of their AppGroup')
    .option('--gate-deadline-ms <ms>', 'for a pod before theirs that the scheduler could take and did not bind')
    .option('--gate-limit-ms <ms>', 'and in all')
    .option(
      '--drift-threshold-percent <percent>',
      "advise moves of pods that save so much of their AppGroup's network cost (default: 10; NETAWARE_DRIFT_THRESHOLD_PERCENT)",
    )
    .option(
      '--drift-after-seconds <seconds>',
      'and would have for so long (default: 300; NETAWARE_DRIFT_AFTER_SECONDS)',
    )
    .addOption(logLevel())
    .action(async (flags: Record<string, string>) => {
      const [{ loadConfig }, { startAggregator }] = await Promise.all([
        import('#aggregator/config.ts'),
        import('#aggregator/main.ts'),
      ]);
      const config = loadConfig(flags, process.env);
      const logger = createLogger('aggregator', config.logLevel);
      await runService(logger, () => startAggregator(config, logger));
    });

  program
    .command('extender')
    .description('score nodes for kube-scheduler')
    .option('--host <address>', 'where to listen')
    .option('--port <port>', 'port to listen on')
    .option('--tls-cert-file <file>', 'serve TLS with this certificate (NETAWARE_TLS_CERT_FILE)')
    .option('--tls-private-key-file <file>', 'and with this private key (NETAWARE_TLS_PRIVATE_KEY_FILE)')
    .option('--client-ca-file <file>', 'demand of clients a certificate signed by it (NETAWARE_CLIENT_CA_FILE)')
    .option('--client-name <name>', 'and of this common name (NETAWARE_CLIENT_NAME)')
    .option('--kubeconfig <file>', "where the API server is (default: the pod's service account or KUBECONFIG)")
    .option('--state <file...>', 'serve from manifests in files instead of an API server')
    .addOption(new Option('--strategy <name>', 'how costs become scores').choices(STRATEGY_NAMES))
    .option('--dependencies-only', 'count only what a pod calls, not what calls it')
    .option('--network-topology <name>', "which of scheduler-plugins' NetworkTopologies (NETAWARE_NETWORK_TOPOLOGY)")
    .option('--weights-name <name>', 'which weights in it (default: UserDefined; NETAWARE_WEIGHTS_NAME)')
    .addOption(
      new Option(
        '--shortlist <which>',
        'what filter leaves to the scheduler: the best nodes and a sample of the others (fair, the default), the best ' +
          'alone, or all',
      ).choices(SHORTLISTS),
    )
    .option('--aggregator-url <url>', 'where to report which pods got an answer (NETAWARE_AGGREGATOR_URL)')
    .option('--aggregator-ca-file <file>', "certificates that the aggregator's is checked against")
    .option('--token-file <file>', 'token to show to the aggregator')
    .addOption(logLevel())
    .action(async (flags: Record<string, unknown>) => {
      const [{ loadConfig }, { startExtender }] = await Promise.all([
        import('#scheduler-extender/config.ts'),
        import('#scheduler-extender/main.ts'),
      ]);
      const config = loadConfig(flags, process.env);
      const logger = createLogger('extender', config.logLevel);
      await runService(logger, () => startExtender(config, logger));
    });
}
