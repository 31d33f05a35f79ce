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
 * pods come replica by replica, so that most find some of those that they talk to placed already.
 */
export function makeApps(podCount: number, replicas: number): Apps {
  const podsPerApp = ONLINE_BOUTIQUE.workloads.length * replicas;
  const graphs = Array.from({ length: Math.ceil(podCount / podsPerApp) }, (_, app) => ({
    ...ONLINE_BOUTIQUE,
    name: `shop-${String(app).padStart(4, '0')}`,
  }));
  const pods = graphs.flatMap((graph) =>
    Array.from({ length: replicas }, (_, replica) =>
      graph.workloads.map(({ name }) => makePod(graph, name, replica)),
    ).flat(),
  );
  return { graphs, groups: graphs.map((graph) => appGroupOf(graph, NAMESPACE)), pods };
}

function makePod(graph: CallGraph, workload: string, replica: number): Pod {
  const podName = `${graph.name}-${String(replica).padStart(2, '0')}-${workload}`;
  const made = pod.parse(
    podOf(graph, workload, { namespace: NAMESPACE, podName, schedulerName: SCHEDULER_NAME, seed: replica }),
  );
  const labels = { ...made.metadata.labels, ...networkOverheadLabels(graph.name, workload) };
  return { ...made, metadata: { ...made.metadata, labels } };
}
