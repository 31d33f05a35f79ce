import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ClusterView } from './cluster-view.ts';

export const VERBS = ['filter', 'prioritize', 'preempt'] as const;
export type Verb = (typeof VERBS)[number];

export interface ExtenderMetrics {
  requests: Counter<'verb' | 'outcome'>;
  durationSeconds: Histogram<'verb'>;
  neutral: Counter<'reason'>;
  rejectedNodes: Counter;
  leftOutNodes: Counter;
  planned: Counter;
  wakeUps: Counter<'outcome'>;
  decisionReports: Counter<'outcome'>;
  placementLagSeconds: Histogram;
}

/** Gauges that are read from the view, and of the pods that wait, when they are asked for. */
export function exposeView(registry: Registry, view: ClusterView, waitingPods: () => number): void {
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
  gauge('netaware_extender_waiting_pods', 'Pods that limits rejected on every node and that wait.', waitingPods);
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
  gauge(
    'netaware_extender_network_behind_seconds',
    'Age of the oldest change of the network that decisions do not rest on yet.',
    () => view.networkBehindSeconds(),
  );
  new Gauge({
    name: 'netaware_extender_watch_idle_seconds',
    help: 'Time since the watch last proved alive: by a list, an event, a bookmark or a connection.',
    labelNames: ['resource'],
    registers,
    collect() {
      for (const [resource, seconds] of Object.entries(view.idleSeconds())) this.set({ resource }, seconds);
    },
  });
}

export function createExtenderMetrics(registry: Registry): ExtenderMetrics {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'netaware_extender_requests_total',
      help: 'Calls from the scheduler by what became of them; aborted: it gave up before the answer was complete.',
      labelNames: ['verb', 'outcome'],
      registers,
    }),
    durationSeconds: new Histogram({
      name: 'netaware_extender_request_duration_seconds',
      help: 'Time from the arrival of a call from the scheduler until its answer is out.',
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
      help: 'Feasible nodes that filter did not answer because enough others are there.',
      registers,
    }),
    planned: new Counter({
      name: 'netaware_extender_planned_pods_total',
      help: "Pods that filter sent to the node that their AppGroup's plan has for them.",
      registers,
    }),
    wakeUps: new Counter({
      name: 'netaware_extender_wake_ups_total',
      help: 'Nodes patched so that the scheduler tries pods again which limits had rejected.',
      labelNames: ['outcome'],
      registers,
    }),
    decisionReports: new Counter({
      name: 'netaware_extender_decision_reports_total',
      help: 'Reports to the aggregator of the pods that the scheduler got an answer for.',
      labelNames: ['outcome'],
      registers,
    }),
    placementLagSeconds: new Histogram({
      name: 'netaware_extender_placement_lag_seconds',
      help: 'From the last answer for a pod until it is seen bound; decisions in between do not count it.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
  };
}
