import { Counter, Gauge, type Registry } from 'prom-client';

export type AgentMetrics = ReturnType<typeof createAgentMetrics>;

/** No metric carries a peer: the aggregator has the links, and N agents with N peers each would be too many series. */
export function createAgentMetrics(registry: Registry) {
  const registers = [registry];
  return {
    probes: new Counter({
      name: 'netaware_agent_probes_total',
      help: 'RTT probes; failed ones are no measurements, skipped ones came too late or were ended.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    probeFailures: new Counter({
      name: 'netaware_agent_probe_failures_total',
      help: 'RTT probes without a value, by method and class; a probe that falls back to TCP counts for both methods.',
      labelNames: ['method', 'class'] as const,
      registers,
    }),
    disturbed: new Counter({
      name: 'netaware_agent_measurements_disturbed_total',
      help: 'Measurements marked as worthless: throttled, the agent was held back; bandwidthTest, one began meanwhile.',
      labelNames: ['kind', 'by'] as const,
      registers,
    }),
    links: new Gauge({
      name: 'netaware_agent_links',
      help: 'Links from this node by the method in use: icmp, or tcp where ICMP is not answered.',
      labelNames: ['method'] as const,
      registers,
    }),
    bandwidthTests: new Counter({
      name: 'netaware_agent_bandwidth_tests_total',
      help: 'Bandwidth tests by this end of the test and outcome.',
      labelNames: ['role', 'outcome'] as const,
      registers,
    }),
    reported: new Counter({
      name: 'netaware_agent_measurements_reported_total',
      help: 'Measurements that the aggregator took.',
      registers,
    }),
    dropped: new Counter({
      name: 'netaware_agent_measurements_dropped_total',
      help: 'Measurements given up: the spool overflowed, or the aggregator rejected them.',
      labelNames: ['reason'] as const,
      registers,
    }),
    spooled: new Gauge({
      name: 'netaware_agent_measurements_spooled',
      help: 'Measurements that wait to be reported.',
      registers,
    }),
    planReceived: new Gauge({
      name: 'netaware_agent_plan_received_timestamp_seconds',
      help: 'When the aggregator last answered with a plan, changed or not.',
      registers,
    }),
  };
}
