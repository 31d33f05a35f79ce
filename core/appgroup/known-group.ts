import type { AppGroup } from '#core/api/app-group.ts';
import { buildGraph, type DependencyGraph } from '#core/appgroup/graph.ts';

/** An AppGroup as decisions read it. */
export interface KnownGroup {
  group: AppGroup;
  graph: DependencyGraph;
  plan?: KnownPlan | undefined;
}

/** A plan that was made of the present spec. */
export interface KnownPlan {
  /** For each workload the nodes of its pods, one entry for each. */
  nodes: ReadonlyMap<string, readonly string[]>;
  calculatedAtMs: number;
  /** Infinite where the plan does not tell. */
  newestPodCreatedAtMs: number;
}

/** `graph` where it is known already, that of the same spec. */
export function knownGroup(group: AppGroup, graph: DependencyGraph = buildGraph(group.spec)): KnownGroup {
  return { group, graph, plan: planOf(group) };
}

function planOf({ metadata, status }: AppGroup): KnownPlan | undefined {
  if (status?.plan === undefined || status.observedGeneration !== metadata.generation) return undefined;
  const nodes = new Map<string, string[]>();
  for (const { workload, node } of status.plan.assignments) {
    const planned = nodes.get(workload);
    if (planned) planned.push(node);
    else nodes.set(workload, [node]);
  }
  const { calculatedAt, newestPodCreatedAt } = status.plan;
  return {
    nodes,
    calculatedAtMs: Date.parse(calculatedAt),
    newestPodCreatedAtMs: newestPodCreatedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(newestPodCreatedAt),
  };
}

/** A plan that was not made anew for this long is of another network and other pods. */
export const PLAN_VALID_MS = 600_000;

/**
 * The nodes that the plan has for a pod of the workload that is not placed yet, one entry for each: those planned less those where
 * replicas are. None where there is no plan, where it is older than ten minutes, and where the pod is younger: one that follows
 * another need not go where that was.
 */
export function openPlaces(
  plan: KnownPlan | undefined,
  pod: { workload: string; createdAt?: string | null | undefined },
  placed: readonly string[],
  nowMs: number,
): string[] {
  const { workload, createdAt } = pod;
  if (plan === undefined || nowMs - plan.calculatedAtMs > PLAN_VALID_MS) return [];
  if (createdAt != null && Date.parse(createdAt) > plan.newestPodCreatedAtMs) return [];
  const open = [...(plan.nodes.get(workload) ?? [])];
  for (const node of placed) {
    const position = open.indexOf(node);
    if (position !== -1) open.splice(position, 1);
  }
  return open;
}
