import { type AppGroupStatus, PLACED_NODES_LIMIT, type PlacementPlan } from '#core/api/app-group.ts';
import { type Verdict, verdictIn } from '#core/api/condition.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import type { Plan } from '#core/appgroup/plan/plan.ts';
import { isSameCost } from '#core/appgroup/plan/same-cost.ts';

/** What an AppGroup's status says of its plan. */
export interface PlanOutcome {
  /** None where none could be made. */
  plan?: PlacementPlan;
  /** The condition Planned. */
  verdict: Verdict;
}

/** Pods that fit nowhere are named up to this many. */
const MOST_NAMED = 5;

export function planOutcome(
  { assignments, unassigned, cost, lowerBound }: Plan,
  made: { pods: readonly Pod[]; calculatedAt: string; topologyGeneration?: number | undefined },
): PlanOutcome {
  const { calculatedAt, topologyGeneration } = made;
  const newestPodCreatedAt = newestOf(made.pods);
  const plan: PlacementPlan = {
    assignments,
    costPartsPerMillion: Math.round(cost * 1e6),
    lowerBoundPartsPerMillion: Math.floor(lowerBound * 1e6),
    calculatedAt,
    ...(newestPodCreatedAt === undefined ? {} : { newestPodCreatedAt }),
    ...(topologyGeneration === undefined ? {} : { topologyGeneration }),
  };
  return { plan, verdict: unassigned.length === 0 ? PLANNED : noRoom(unassigned.toSorted()) };
}

/** Whether the later one tells nothing new: it need not be written, and nobody be woken by it. */
export function isSameOutcome(earlier: PlanOutcome, later: PlanOutcome): boolean {
  if (earlier.verdict.message !== later.verdict.message) return false;
  const [before, after] = [earlier.plan, later.plan];
  if (before === undefined || after === undefined) return before === after;
  return (
    before.newestPodCreatedAt === after.newestPodCreatedAt &&
    before.assignments.length === after.assignments.length &&
    before.assignments.every(({ workload, node }, position) => {
      const other = after.assignments[position];
      return other?.workload === workload && other.node === node;
    }) &&
    isSameCost(before.costPartsPerMillion / 1e6, after.costPartsPerMillion / 1e6)
  );
}

/** As the API server writes them, all in UTC and with whole seconds. */
export function newestOf(pods: readonly Pod[]): string | undefined {
  return (
    pods.map(({ metadata }) => metadata.creationTimestamp ?? '').reduce((a, b) => (a > b ? a : b), '') || undefined
  );
}

/** What a status says of the plan; undefined where it is of another generation, or says nothing. */
export function outcomeInStatus(
  status: AppGroupStatus | undefined,
  generation: number | undefined,
): PlanOutcome | undefined {
  const verdict = verdictIn(status?.conditions, type);
  if (verdict === undefined || status?.observedGeneration !== generation) return undefined;
  return status?.plan === undefined ? { verdict } : { plan: status.plan, verdict };
}

const type = 'Planned';
const PLANNED: Verdict = {
  type,
  status: 'True',
  reason: 'EveryPodPlanned',
  message: 'each pod has a node in the plan',
};

function noRoom(pods: readonly string[]): Verdict {
  const more = pods.length - MOST_NAMED;
  const named = pods.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const message = `no node has room for, or may take, ${named}; they are left to the scheduler`;
  return { type, status: 'False', reason: 'NoNodeFits', message };
}

/** Why no plan was made. */
export const NOT_PLANNED = {
  beingMade: { verdict: { type, status: 'Unknown', reason: 'BeingMade', message: 'the plan is being made' } },
  noPods: { verdict: { type, status: 'Unknown', reason: 'NoPods', message: 'the group has no pods to plan for' } },
  invalidSpec: { verdict: { type, status: 'Unknown', reason: 'InvalidSpec', message: 'the spec cannot be read' } },
  networkUnknown: {
    verdict: {
      type,
      status: 'False',
      reason: 'NetworkUnknown',
      message: 'nothing is known of the links between the nodes yet: pods are placed as without a plan',
    },
  },
  tooManyPods: {
    verdict: {
      type,
      status: 'False',
      reason: 'TooManyPods',
      message: `plans are made for up to ${PLACED_NODES_LIMIT} pods: those of this group are placed one by one`,
    },
  },
} satisfies Record<string, PlanOutcome>;
