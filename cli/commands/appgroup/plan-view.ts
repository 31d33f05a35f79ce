import { formatTable } from '#cli/output.ts';
import type { Assignment } from '#core/api/app-group.ts';

/** What `appgroup plan` prints as JSON and YAML. */
export interface PlanView {
  /** Placement cost of the group when it is placed so, 0..1. */
  cost: number;
  /** No placement can cost less. */
  lowerBound: number;
  assignments: Assignment[];
  /** Pods that fit nowhere, as "namespace/name"; absent where all do, and where the aggregator planned. */
  unassigned?: string[];
}

/** As the resources have it: parts per million. */
export function roundCost(cost: number): number {
  return Math.round(cost * 1e6) / 1e6;
}

/** `context`: what there is to say of the plan as a whole beside its cost. */
export function formatPlan({ cost, lowerBound, assignments, unassigned }: PlanView, context: string): string {
  const table = formatTable(
    ['WORKLOAD', 'REPLICA', 'NODE'],
    assignments.map(({ workload, replica, node }) => [workload, String(replica), node]),
  );
  const misfits = unassigned === undefined ? [] : [`fit nowhere: ${unassigned.join(', ')}`];
  return [table, ...misfits, `cost ${cost.toFixed(3)}, lower bound ${lowerBound.toFixed(3)}; ${context}`].join('\n');
}
