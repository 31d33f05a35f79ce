import { membership } from '#core/appgroup/placements.ts';
import { filterNodes } from '#core/resources/node-filters.ts';
import { requestsOf, usageOfNodes } from '#core/resources/node-usage.ts';
import { UNKNOWN_LINK_COST } from '#core/scoring/network-cost.ts';
import type { PlacementCase } from './cases.ts';

/** A case in numbers, as a search wants it: pods by position, those with the most traffic to the ones before them first. */
export interface Problem {
  pods: readonly NumberedPod[];
  /** Costs of links, origin · nodes + destination. */
  links: Float64Array;
  /** By node. */
  room: { cpu: Float64Array; memory: Float64Array; pods: Float64Array };
}

export interface NumberedPod {
  cpu: number;
  memory: number;
  /** By node: 1 where the pod could run. */
  allowed: Uint8Array;
  /** The pod before it that is the same in all: it makes no difference which of them is where. */
  twin: number | undefined;
  /** Calls with pods that come after it: what each adds to the placement cost by the cost of its link. */
  calls: readonly { pod: number; made: number; taken: number }[];
}

export function problemOf({
  known,
  pods,
  nodes,
  matrix,
}: Pick<PlacementCase, 'known' | 'pods' | 'nodes' | 'matrix'>): Problem {
  const usages = usageOfNodes(nodes, [], new Map());
  const nodeCount = matrix.nodes.length;
  const links = new Float64Array(nodeCount * nodeCount);
  for (let to = 0; to < nodeCount; to++) {
    for (const [from, cost] of matrix.vector('cost', 'to', to).entries()) {
      links[from * nodeCount + to] = Number.isNaN(cost) ? UNKNOWN_LINK_COST : cost;
    }
  }
  const room = {
    cpu: new Float64Array(nodeCount),
    memory: new Float64Array(nodeCount),
    pods: new Float64Array(nodeCount),
  };
  for (const { node, allocatable } of usages) {
    const index = matrix.indexOf(node.metadata.name) ?? -1;
    room.cpu[index] = allocatable.cpu;
    room.memory[index] = allocatable.memory;
    room.pods[index] = allocatable.pods;
  }
  const workloads = pods.map((pod) => membership(pod)?.workload ?? '');
  const weights = pairWeights(known.graph, workloads);
  const order = byTraffic(weights);
  const numbered = order.map((pod, position): NumberedPod => {
    const given = pods[pod] as (typeof pods)[number];
    const allowed = new Uint8Array(nodeCount);
    for (const { node } of filterNodes(given, usages).feasible) allowed[matrix.indexOf(node.metadata.name) ?? -1] = 1;
    const twin = order.slice(0, position).findLastIndex((other) => workloads[other] === workloads[pod]);
    const calls = order.flatMap((other, later) => {
      const [made, taken] = [weights[pod]?.[other] ?? 0, weights[other]?.[pod] ?? 0];
      return later > position && made + taken > 0 ? [{ pod: later, made, taken }] : [];
    });
    return { ...requestsOf(given), allowed, twin: twin === -1 ? undefined : twin, calls };
  });
  return { pods: numbered, links, room };
}

/** What a link from one pod to another counts in the placement cost, by the positions of both. */
function pairWeights(graph: PlacementCase['known']['graph'], workloads: readonly string[]): number[][] {
  const counts = new Map<string, number>();
  for (const workload of workloads) counts.set(workload, (counts.get(workload) ?? 0) + 1);
  const calls = graph.workloads.flatMap((workload) => graph.dependencies(workload));
  const total = calls.reduce(
    (sum, { origin, destination, weight }) => (counts.has(origin) && counts.has(destination) ? sum + weight : sum),
    0,
  );
  return workloads.map((origin) =>
    workloads.map((destination) => {
      const weight = calls.find((call) => call.origin === origin && call.destination === destination)?.weight ?? 0;
      return weight / ((counts.get(origin) ?? 1) * (counts.get(destination) ?? 1) * total);
    }),
  );
}

function byTraffic(weights: readonly (readonly number[])[]): number[] {
  const connected = new Map(weights.map((row, pod) => [pod, row.reduce((sum, weight) => sum + weight, 0) * 1e-6]));
  const order: number[] = [];
  while (connected.size > 0) {
    const [next] = [...connected].reduce((best, candidate) => (candidate[1] > best[1] ? candidate : best));
    connected.delete(next);
    order.push(next);
    for (const [pod, traffic] of connected) {
      connected.set(pod, traffic + (weights[next]?.[pod] ?? 0) + (weights[pod]?.[next] ?? 0));
    }
  }
  return order;
}
