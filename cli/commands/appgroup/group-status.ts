import { formatTable } from '#cli/output.ts';
import type { AppGroupView } from '#core/api/app-group-view.ts';
import type { Condition } from '#core/api/condition.ts';
import { nodeCounts } from '#core/scoring/peers.ts';

/** What `appgroup status` prints of a group as JSON and YAML. What is absent is not known. Costs: 0..1. */
export interface GroupStatus {
  namespace: string;
  name: string;
  /** In the order of the spec. */
  workloads: PlacedWorkload[];
  /** Pods that have a node; absent, as the workloads are, where the group has no status yet. */
  placedPods?: number;
  /** Placement cost as the pods are. */
  cost?: number;
  plan?: { cost: number; lowerBound: number; calculatedAt: string };
  conditions: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>[];
}

interface PlacedWorkload {
  name: string;
  /** Its place in the schedule order, from 1; absent where the group wants none. */
  index?: number;
  replicas: number;
  /** One entry for each placed pod. */
  nodes: string[];
}

export function groupStatusOf({ namespace, name, status }: AppGroupView): GroupStatus {
  const {
    conditions = [],
    scheduleOrder = [],
    workloads = [],
    plan,
    placementCostPartsPerMillion: cost,
  } = status ?? {};
  const indexes = new Map(scheduleOrder.map(({ workload, index }) => [workload, index]));
  return {
    namespace,
    name,
    workloads: workloads.map(({ name: workload, replicas, nodes }) => {
      const index = indexes.get(workload);
      return { name: workload, ...(index === undefined ? {} : { index }), replicas, nodes };
    }),
    ...(status === undefined ? {} : { placedPods: workloads.reduce((sum, { replicas }) => sum + replicas, 0) }),
    ...(cost === undefined ? {} : { cost: cost / 1e6 }),
    ...(plan === undefined
      ? {}
      : {
          plan: {
            cost: plan.costPartsPerMillion / 1e6,
            lowerBound: plan.lowerBoundPartsPerMillion / 1e6,
            calculatedAt: plan.calculatedAt,
          },
        }),
    conditions: conditions.map(({ type, status: holds, reason, message }) => ({
      type,
      status: holds,
      reason,
      message,
    })),
  };
}

/** A line for each group. */
export function formatGroups(groups: readonly GroupStatus[]): string {
  return formatTable(
    ['NAME', 'WORKLOADS', 'PODS', 'COST', 'PLAN COST', 'LOWER BOUND', 'CONDITIONS'],
    groups.map(({ name, workloads, placedPods, cost, plan, conditions }) => [
      name,
      placedPods === undefined ? '-' : String(workloads.length),
      placedPods === undefined ? '-' : String(placedPods),
      formatCost(cost),
      formatCost(plan?.cost),
      formatCost(plan?.lowerBound),
      describeConditions(conditions),
    ]),
  );
}

/** A line for each workload. */
export function formatWorkloads({ workloads }: GroupStatus): string {
  return formatTable(
    ['WORKLOAD', 'ORDER', 'PODS', 'NODES'],
    workloads.map(({ name, index, replicas, nodes }) => [
      name,
      index === undefined ? '-' : String(index),
      String(replicas),
      [...nodeCounts(nodes)].map(([node, count]) => (count === 1 ? node : `${node} (${count})`)).join(', '),
    ]),
  );
}

function formatCost(cost: number | undefined): string {
  return cost === undefined ? '-' : cost.toFixed(3);
}

/** Those that are not as wanted. */
function describeConditions(conditions: GroupStatus['conditions']): string {
  if (conditions.length === 0) return 'not looked at yet';
  const wrong = conditions.filter(({ type, status }) => (type === 'Drifted' ? status === 'True' : status !== 'True'));
  return wrong.length === 0
    ? 'ok'
    : wrong.map(({ type, status, message }) => `${type} is ${status}: ${message}`).join('; ');
}
