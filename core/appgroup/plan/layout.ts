import type { Pod } from '#core/api/kubernetes.ts';
import type { DependencyGraph } from '#core/appgroup/graph.ts';
import { filterNodes } from '#core/resources/node-filters.ts';
import { type NodeUsage, type Requests, requestsOf } from '#core/resources/node-usage.ts';
import { networkCostAt, networkCosts } from '#core/scoring/network-cost.ts';
import { placedPeers } from '#core/scoring/peers.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

/** One pod of the group: where it is in a layout, by node index of the matrix; undefined where it has no place. */
export interface Replica {
  pod: Pod;
  workload: string;
  requests: Requests;
  /** By node index: 1 where the pod could run, as the nodes are. */
  allowed: Uint8Array;
  node: number | undefined;
  /** Placed already: it stays. */
  fixed: boolean;
}

/** By node index. */
interface Room {
  cpu: Float64Array;
  memory: Float64Array;
  pods: Float64Array;
}

/** A placement of a whole group that is being tried, with the room that is left on each node. */
export class Layout {
  readonly graph: DependencyGraph;
  readonly matrix: LinkMatrix;
  readonly replicas: readonly Replica[];
  readonly byWorkload: ReadonlyMap<string, readonly Replica[]>;
  readonly #free: Room;
  readonly #freeAtFirst: Room;
  readonly #size: Float64Array;
  readonly #indexes: number[];

  constructor(input: {
    graph: DependencyGraph;
    matrix: LinkMatrix;
    replicas: readonly Replica[];
    usages: readonly (NodeUsage | undefined)[];
  }) {
    this.graph = input.graph;
    this.matrix = input.matrix;
    this.replicas = input.replicas;
    this.byWorkload = Map.groupBy(input.replicas, ({ workload }) => workload);
    const room = (of: (usage: NodeUsage) => number) =>
      Float64Array.from(input.usages, (usage) => (usage === undefined ? 0 : of(usage)));
    this.#free = {
      cpu: room(({ allocatable, requested }) => allocatable.cpu - requested.cpu),
      memory: room(({ allocatable, requested }) => allocatable.memory - requested.memory),
      pods: room(({ allocatable, pods }) => allocatable.pods - pods),
    };
    this.#freeAtFirst = {
      cpu: this.#free.cpu.slice(),
      memory: this.#free.memory.slice(),
      pods: this.#free.pods.slice(),
    };
    this.#size = room(({ allocatable }) => allocatable.cpu);
    this.#indexes = [...input.matrix.nodes.keys()];
  }

  /** Whether there is room for the replica on the node, which has to be one that it could run on. */
  fits({ requests, allowed }: Replica, node: number): boolean {
    const { cpu, memory, pods } = this.#free;
    return (
      allowed[node] === 1 &&
      (pods[node] as number) >= 1 &&
      (requests.cpu === 0 || (cpu[node] as number) >= requests.cpu) &&
      (requests.memory === 0 || (memory[node] as number) >= requests.memory)
    );
  }

  /** Moves a replica that is not fixed; undefined: takes it away. */
  put(replica: Replica, node: number | undefined): void {
    this.#take(replica, replica.node, -1);
    replica.node = node;
    this.#take(replica, node, 1);
  }

  /** How many that ask for `others` there was room for on one node, beside one that asks for `one`, before anything was put. */
  mostRoom(one: Requests, others: Requests): number {
    const { cpu, memory, pods } = this.#freeAtFirst;
    let most = 0;
    for (let node = 0; node < pods.length; node++) {
      const room = Math.min(
        (pods[node] as number) - 1,
        others.cpu === 0 ? Number.POSITIVE_INFINITY : ((cpu[node] as number) - one.cpu) / others.cpu,
        others.memory === 0 ? Number.POSITIVE_INFINITY : ((memory[node] as number) - one.memory) / others.memory,
      );
      most = Math.max(most, Math.floor(room));
    }
    return most;
  }

  /** What is free of a node's CPU, 0..1. */
  freeShare(node: number): number {
    const size = this.#size[node] as number;
    return size === 0 ? 0 : (this.#free.cpu[node] as number) / size;
  }

  /**
   * Network cost of each node for a replica of the workload, by node index, with all other workloads where they are. Undefined
   * where nothing that it talks to has a place.
   */
  costs(workload: string): Float64Array | undefined {
    const peers = placedPeers(workload, this.graph, this.placed());
    if (peers.length === 0) return undefined;
    const costs = networkCosts(peers, this.matrix, this.#indexes);
    return Float64Array.from(this.#indexes, (node) => networkCostAt(costs, node));
  }

  /** For each workload the names of the nodes of its replicas that have a place. */
  placed(): Map<string, string[]> {
    const placed = new Map<string, string[]>();
    for (const [workload, replicas] of this.byWorkload) {
      const nodes = replicas.flatMap(({ node }) => (node === undefined ? [] : [this.matrix.nodes[node]?.name ?? '']));
      if (nodes.length > 0) placed.set(workload, nodes);
    }
    return placed;
  }

  cost(): number {
    return placementCost(this.graph, this.placed(), this.matrix);
  }

  #take({ requests, fixed }: Replica, node: number | undefined, sign: 1 | -1): void {
    // What is fixed is in the nodes' usage already.
    if (node === undefined || fixed) return;
    const { cpu, memory, pods } = this.#free;
    (cpu[node] as number) -= sign * requests.cpu;
    (memory[node] as number) -= sign * requests.memory;
    (pods[node] as number) -= sign;
  }
}

/** The pods of a group as replicas. Those on a node that the matrix does not know have no place, and stay. */
export function replicasOf(
  pods: readonly { pod: Pod; workload: string }[],
  matrix: LinkMatrix,
  usages: readonly (NodeUsage | undefined)[],
): Replica[] {
  const known = usages.filter((usage) => usage !== undefined);
  const allowedBySpec = new Map<string, Uint8Array>();
  return pods.map(({ pod, workload }): Replica => {
    const { nodeName } = pod.spec;
    const node = nodeName ? matrix.indexOf(nodeName) : undefined;
    const requests = requestsOf(pod);
    if (nodeName) return { pod, workload, requests, allowed: new Uint8Array(0), node, fixed: true };
    const { nodeSelector, affinity, tolerations } = pod.spec;
    const spec = JSON.stringify([nodeSelector, affinity?.nodeAffinity, tolerations, requests]);
    let allowed = allowedBySpec.get(spec);
    if (allowed === undefined) {
      allowed = new Uint8Array(matrix.nodes.length);
      for (const { node: feasible } of filterNodes(pod, known).feasible) {
        const index = matrix.indexOf(feasible.metadata.name);
        if (index !== undefined) allowed[index] = 1;
      }
      allowedBySpec.set(spec, allowed);
    }
    return { pod, workload, requests, allowed, node: undefined, fixed: false };
  });
}
