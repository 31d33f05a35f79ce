import { conditionOf, findGroup, fullName, tellCycle, type ValidGroup } from '#cli/commands/appgroup/find-groups.ts';
import { openGroupSource } from '#cli/commands/appgroup/group-source.ts';
import type { PlanOptions } from '#cli/commands/appgroup/plan.ts';
import { formatPlan, type PlanView, roundCost } from '#cli/commands/appgroup/plan-view.ts';
import { printResult } from '#cli/output.ts';
import type { AppGroup } from '#core/api/app-group.ts';
import type { AppGroupView } from '#core/api/app-group-view.ts';
import { API_VERSION } from '#core/api/names.ts';
import { planOfState, type StatePlan } from '#core/appgroup/plan/plan-of-state.ts';
import { AppError } from '#core/errors.ts';
import { finish } from '#core/pieces.ts';
import type { ClusterState } from '#core/scoring/snapshot.ts';

const DEFAULT_SEED = 1;
const DEFAULT_BUDGET_MS = 1000;

/** What `appgroup plan` does. */
export async function plan(name: string | undefined, options: PlanOptions): Promise<void> {
  checkOptions(options);
  const source = await openGroupSource(options);
  const group = await findGroup(source, options.namespace, name);
  tellCycle(group);
  const { view, context } = source.state === undefined ? plannedBefore(group) : planNow(source.state, group, options);
  printResult(view, options.output, () => formatPlan(view, context));
}

/** What was asked for and cannot be had must not be passed over. */
function checkOptions({ filename, replan, seed, budgetMs }: PlanOptions): void {
  const given = Object.entries({ '--replan': replan, '--seed': seed, '--budget-ms': budgetMs });
  const [flag] = given.find(([, value]) => value !== undefined) ?? [];
  if (filename === undefined && flag !== undefined) {
    throw new AppError('INVALID_INPUT', `${flag}: only with -f; without files the plan is the aggregator's`);
  }
}

interface ToldPlan {
  view: PlanView;
  context: string;
}

function plannedBefore(group: AppGroupView): ToldPlan {
  const planned = conditionOf(group, 'Planned');
  const why = planned === undefined ? 'the aggregator has made none' : `${planned.reason}: ${planned.message}`;
  const { plan: found, observedGeneration } = group.status ?? {};
  if (found === undefined) throw new AppError('NOT_FOUND', `${fullName(group)} has no plan yet: ${why}`);
  if (observedGeneration !== group.generation) {
    process.stderr.write(`netaware: the plan of ${fullName(group)} is of an older spec\n`);
  } else if (planned !== undefined && planned.status !== 'True') {
    process.stderr.write(`netaware: ${fullName(group)}: Planned is ${planned.status}: ${planned.message}\n`);
  }
  const { costPartsPerMillion, lowerBoundPartsPerMillion, assignments, calculatedAt } = found;
  return {
    view: { cost: costPartsPerMillion / 1e6, lowerBound: lowerBoundPartsPerMillion / 1e6, assignments },
    context: `made at ${calculatedAt}`,
  };
}

function planNow(state: ClusterState, view: ValidGroup, options: PlanOptions): ToldPlan {
  const { replan = false, seed = DEFAULT_SEED, budgetMs = DEFAULT_BUDGET_MS } = options;
  const files = options.filename?.join(', ');
  if (state.nodes.length === 0) {
    throw new AppError(
      'NOT_FOUND',
      `no nodes in ${files}: a plan needs them ("kubectl get nodes -o yaml" prints them)`,
    );
  }
  const { namespace, name, spec } = view;
  const group: AppGroup = { apiVersion: API_VERSION, kind: 'AppGroup', metadata: { namespace, name }, spec };
  const endAt = performance.now() + budgetMs;
  const made = finish(planOfState(state, group, { seed, replan, outOfTime: () => performance.now() > endAt }));
  tellLeftOut(made, fullName(view));
  const { cost, lowerBound, assignments, unassigned, presentCost } = made;
  return {
    view: {
      cost: roundCost(cost),
      lowerBound: roundCost(lowerBound),
      assignments,
      ...(unassigned.length === 0 ? {} : { unassigned }),
    },
    context: presentCost === undefined ? 'no call has both ends placed now' : `as placed now ${presentCost.toFixed(3)}`,
  };
}

function tellLeftOut({ strangers, assignments, unassigned }: StatePlan, group: string): void {
  if (strangers.length > 0) {
    process.stderr.write(`netaware: not planned, as ${group} does not have their workload: ${strangers.join(', ')}\n`);
  }
  if (assignments.length === 0 && unassigned.length === 0) {
    process.stderr.write(`netaware: ${group} has no pods to plan\n`);
  }
}
