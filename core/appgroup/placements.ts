import { isActive, namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, WORKLOAD_LABEL } from '#core/api/names.ts';

/** The AppGroup ("namespace/name") and workload that a pod says it belongs to; undefined where it says none. */
export function membership(pod: Pod): { appGroup: string; workload: string } | undefined {
  const group = pod.metadata.labels?.[APP_GROUP_LABEL];
  const workload = pod.metadata.labels?.[WORKLOAD_LABEL];
  if (!group || !workload) return undefined;
  return { appGroup: namespacedName({ ...pod.metadata, name: group }), workload };
}

/** For each AppGroup and workload the nodes of its placed replicas, one entry for each replica. */
export type Placements = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** Reads placements from pods: those that are bound, have not ended and are not being deleted. */
export function placementsOf(pods: Iterable<Pod>): Placements {
  const placements = new Map<string, Map<string, string[]>>();
  for (const pod of pods) {
    const member = membership(pod);
    const { nodeName } = pod.spec;
    if (!member || !nodeName || !isActive(pod) || pod.metadata.deletionTimestamp) continue;
    const workloads = placements.get(member.appGroup) ?? new Map<string, string[]>();
    placements.set(member.appGroup, workloads);
    const nodes = workloads.get(member.workload);
    if (nodes) nodes.push(nodeName);
    else workloads.set(member.workload, [nodeName]);
  }
  return placements;
}
