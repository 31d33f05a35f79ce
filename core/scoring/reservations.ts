import type { Call } from '#core/appgroup/graph.ts';
import type { Snapshot } from '#core/scoring/score.ts';
import type { Direction } from '#core/topology/link-matrix.ts';

// A placed replica of a caller reserves the least bandwidth that its call needs, shared equally over the placed replicas of
// the callee, on the links to their nodes. Only counts of replicas are kept, and what is reserved is read from them: so it
// cannot drift, become negative, or outlive the pods and AppGroups that it is of.

/** Who reserves: replicas, and the AppGroups that say what they need. */
type Reserving = Pick<Snapshot, 'reserving' | 'groups'>;

/** Bits per second, whole, that is reserved on the link from one node to another. Cut where numbers are no longer exact. */
export function reservedBandwidth({ reserving, groups }: Reserving, origin: string, destination: string): number {
  const { placements, occupants } = reserving;
  const there = origin === destination ? undefined : occupants.get(destination);
  let sum = 0;
  for (const [appGroup, callers] of (there && occupants.get(origin)) ?? []) {
    const callees = there?.get(appGroup);
    const graph = groups.get(appGroup)?.graph;
    if (!callees || !graph?.reservesBandwidth) continue;
    for (const [workload, count] of callers) {
      for (const call of graph.dependencies(workload)) {
        const pairs = count * (callees.get(call.destination) ?? 0);
        const replicas = placements.get(appGroup)?.get(call.destination)?.length ?? 0;
        sum = exactSum(sum, pairs * shareOf(call, replicas));
      }
    }
  }
  return sum;
}

/** A part of what is reserved: so many bits per second for each of the replicas, on the link to or from its node. */
export interface ReservedPart {
  nodes: readonly string[];
  bitsPerSecond: number;
}

/** What is reserved on the links `to` a node, or `from` it, but for calls to the workload `except`. Links of a node to itself are in it. */
export function* reservedParts(
  { reserving: { placements, occupants }, groups }: Reserving,
  direction: Direction,
  node: string,
  except?: { appGroup: string; workload: string },
): Generator<ReservedPart> {
  for (const [appGroup, workloads] of occupants.get(node) ?? []) {
    const graph = groups.get(appGroup)?.graph;
    const placed = placements.get(appGroup);
    if (!placed || !graph?.reservesBandwidth) continue;
    const excepted = appGroup === except?.appGroup ? except.workload : undefined;
    for (const [workload, count] of workloads) {
      for (const call of direction === 'to' ? graph.dependants(workload) : graph.dependencies(workload)) {
        const share = shareOf(call, placed.get(call.destination)?.length ?? 0);
        const nodes = placed.get(direction === 'to' ? call.origin : call.destination);
        if (share === 0 || !nodes || call.destination === excepted) continue;
        yield { nodes, bitsPerSecond: count * share };
      }
    }
  }
}

/** What one replica of the caller reserves for one of so many replicas of the callee: whole bits per second, rounded up. */
export function shareOf({ limits }: Pick<Call, 'limits'>, replicas: number): number {
  const { minBandwidthBitsPerSecond = 0 } = limits;
  return replicas === 0 ? 0 : Math.ceil(minBandwidthBitsPerSecond / replicas);
}

/** A sum of whole numbers, the same in whatever order they are added. */
export function exactSum(sum: number, more: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, sum + more);
}
