import { isActive, type Node, namespacedName, type Pod } from '#core/api/kubernetes.ts';
import {
  allocatableOf,
  type NodeUsage,
  nonZeroRequestsOf,
  type Requests,
  requestsOf,
} from '#core/resources/node-usage.ts';

/** What one pod holds of its node. */
interface Held {
  node: string;
  requested: Requests;
  nonZeroRequested: Requests;
}

interface Sum {
  pods: number;
  requested: Requests;
  nonZeroRequested: Requests;
}

/**
 * What the pods on each node ask for, following one pod at a time. A pod that is told of twice counts once, so that several
 * watches may tell of it. Sums of whole numbers: they do not drift.
 */
export class UsageIndex {
  readonly #held = new Map<string, Held>();
  readonly #sums = new Map<string, Sum>();
  /** Reading thousands of quantities takes longer than all else. */
  readonly #allocatable = new WeakMap<Node, NodeUsage['allocatable']>();

  /** The pod as it was and is now; undefined where there was, or is, none. Pods that have ended hold nothing. */
  podChanged(before: Pod | undefined, after: Pod | undefined): void {
    if (before) this.#release(namespacedName(before.metadata));
    if (!after) return;
    const key = namespacedName(after.metadata);
    this.#release(key);
    const node = after.spec.nodeName;
    if (!node || !isActive(after)) return;
    const held = { node, requested: requestsOf(after), nonZeroRequested: nonZeroRequestsOf(after) };
    this.#held.set(key, held);
    this.#count(held, 1);
  }

  /** The use of these nodes, by name. */
  usages(nodes: readonly Node[]): ReadonlyMap<string, NodeUsage> {
    return new Map(
      nodes.map((node) => {
        const { name } = node.metadata;
        const { pods, requested, nonZeroRequested } = this.#sums.get(name) ?? NOTHING;
        return [name, { node, allocatable: this.#allocatableOf(node), pods, requested, nonZeroRequested }];
      }),
    );
  }

  #allocatableOf(node: Node): NodeUsage['allocatable'] {
    const known = this.#allocatable.get(node);
    if (known !== undefined) return known;
    const allocatable = allocatableOf(node);
    this.#allocatable.set(node, allocatable);
    return allocatable;
  }

  #release(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#count(held, -1);
  }

  #count({ node, requested, nonZeroRequested }: Held, sign: 1 | -1): void {
    const sum = this.#sums.get(node) ?? NOTHING;
    const pods = sum.pods + sign;
    if (pods === 0) {
      this.#sums.delete(node);
      return;
    }
    this.#sums.set(node, {
      pods,
      requested: added(sum.requested, requested, sign),
      nonZeroRequested: added(sum.nonZeroRequested, nonZeroRequested, sign),
    });
  }
}

const NOTHING: Sum = { pods: 0, requested: { cpu: 0, memory: 0 }, nonZeroRequested: { cpu: 0, memory: 0 } };

function added(sum: Requests, more: Requests, sign: 1 | -1): Requests {
  return { cpu: sum.cpu + sign * more.cpu, memory: sum.memory + sign * more.memory };
}
