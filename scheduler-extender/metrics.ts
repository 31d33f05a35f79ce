import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ClusterView } from './cluster-view.ts';

export type Verb = 'filter' | 'prioritize' | 'preempt';

export interface ExtenderMetrics {
  requests: Counter<'verb' | 'outcome'>;
  durationSeconds: Histogram<'verb'>;
  neutral: Counter<'reason'>;
  rejectedNodes: Counter;
  leftOutNodes: Counter;
}

export function createExtenderMetrics(registry: Registry, view: ClusterView): ExtenderMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('netaware_extender_nodes', 'Nodes in the snapshot.', () => view.snapshot().matrix.nodes.length);
  gauge(
    'netaware_extender_measured_links',
    'Links with a fresh measurement.',
    () => view.snapshot().matrix.measuredLinks,
  );
  gauge('netaware_extender_app_groups', 'AppGroups in the snapshot.', () => view.snapshot().groups.size);
  gauge('netaware_extender_invalid_objects', 'Objects that are not valid and were ignored.', () =>
    view.invalidObjects(),
  );
  return {
    requests: new Counter({
      name: 'netaware_extender_requests_total',
      help: 'Calls from the scheduler by what became of them; aborted: it gave up before the answer was complete.',
      labelNames: ['verb', 'outcome'],
      registers,
    }),
    durationSeconds: new Histogram({
      name: 'netaware_extender_request_duration_seconds',
      help: 'Time to answer a call from the scheduler.',
      labelNames: ['verb'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
      registers,
    }),
    neutral: new Counter({
      name: 'netaware_extender_neutral_total',
      help: 'Pods whose nodes all got the same score because the network could not tell them apart.',
      labelNames: ['reason'],
      registers,
    }),
    rejectedNodes: new Counter({
      name: 'netaware_extender_rejected_nodes_total',
      help: 'Nodes filtered out because a network limit would be broken.',
      registers,
    }),
    leftOutNodes: new Counter({
      name: 'netaware_extender_left_out_nodes_total',
      help: 'Feasible nodes that filter did not answer because enough better ones are there.',
      registers,
    }),
  };
}
