import type { AppGroupSpec } from '#core/api/app-group.ts';
import { alternateOrder } from '#core/appgroup/alternate-order.ts';
import { type Component, condensationOf } from '#core/appgroup/condensation.ts';
import type { DependencyGraph } from '#core/appgroup/graph.ts';
import { kahnOrder } from '#core/appgroup/kahn-order.ts';
import { tarjanOrder } from '#core/appgroup/tarjan-order.ts';
import { trafficOrder } from '#core/appgroup/traffic-order.ts';

/**
 * The order in which the workloads of an AppGroup are placed: each once, whatever order the spec names them in; none where it
 * wants no order. In all orders but Traffic, workloads that call each other in a circle stand together.
 */
export function scheduleOrder(graph: DependencyGraph, ordering: AppGroupSpec['ordering']): string[] {
  if (ordering === 'None') return [];
  if (ordering === 'Traffic') return trafficOrder(graph);
  return ORDERS[ordering](condensationOf(graph)).flatMap(({ workloads }) => workloads);
}

type Topological = Exclude<AppGroupSpec['ordering'], 'None' | 'Traffic'>;

const ORDERS: Record<Topological, (components: readonly Component[]) => Component[]> = {
  Kahn: kahnOrder,
  Tarjan: tarjanOrder,
  ReverseKahn: (components) => kahnOrder(components).toReversed(),
  ReverseTarjan: (components) => tarjanOrder(components).toReversed(),
  AlternateKahn: (components) => alternateOrder(kahnOrder(components)),
  AlternateTarjan: (components) => alternateOrder(tarjanOrder(components)),
};
