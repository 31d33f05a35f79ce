import type { CallGraph } from '#benchmark/call-graph.ts';
import { appGroupOf, podOf } from '#benchmark/manifests.ts';
import { ONLINE_BOUTIQUE } from '#benchmark/presets/online-boutique.ts';
import type { AppGroup } from '#core/api/app-group.ts';
import { type Pod, pod } from '#core/api/kubernetes.ts';
import { networkOverheadLabels } from './network-overhead-objects.ts';

export const NAMESPACE = 'default';
export const SCHEDULER_NAME = 'scheduler-under-test';

export interface Apps {
  graphs: CallGraph[];
  groups: AppGroup[];
  /** In the order of their names, in which the scheduler takes them. The same for every arm, to the last label. */
  pods: Pod[];
}

/**
 * Online Boutique as often as it takes to have at least `podCount` pods, each with `replicas` of every workload. An app's
 * pods come replica by replica, so that most find some of those that they talk to placed already; and in each, workloads
 * after those that they call: the order in which NetworkOverhead, which looks at dependencies only, places best.
 */
export function makeApps(podCount: number, replicas: number): Apps {
  const podsPerApp = ONLINE_BOUTIQUE.workloads.length * replicas;
  const graphs = Array.from({ length: Math.ceil(podCount / podsPerApp) }, (_, app) => ({
    ...ONLINE_BOUTIQUE,
    name: `shop-${String(app).padStart(4, '0')}`,
  }));
  const order = dependenciesFirst(ONLINE_BOUTIQUE);
  const pods = graphs.flatMap((graph) =>
    Array.from({ length: replicas }, (_, replica) =>
      order.map((workload, position) => makePod(graph, workload, `${twoDigits(replica)}-${twoDigits(position)}`)),
    ).flat(),
  );
  return { graphs, groups: graphs.map((graph) => appGroupOf(graph, NAMESPACE)), pods };
}

function makePod(graph: CallGraph, workload: string, turn: string): Pod {
  const podName = `${graph.name}-${turn}-${workload}`;
  const options = { namespace: NAMESPACE, podName, schedulerName: SCHEDULER_NAME, seed: 0 };
  const made = pod.parse(podOf(graph, workload, options));
  const labels = { ...made.metadata.labels, ...networkOverheadLabels(graph.name, workload) };
  return { ...made, metadata: { ...made.metadata, labels } };
}

function dependenciesFirst(graph: CallGraph): string[] {
  const order = new Set<string>();
  const visit = (workload: string) => {
    const calls = graph.workloads.find(({ name }) => name === workload)?.callsPerRequest ?? {};
    for (const callee of Object.keys(calls)) visit(callee);
    order.add(workload);
  };
  for (const { name } of graph.workloads) visit(name);
  return [...order];
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0');
}
