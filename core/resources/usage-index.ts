import { isActive, type Node, namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { type NodeUsage, usageOfNodes } from '#core/resources/node-usage.ts';

/** What the pods on each node ask for, following one pod at a time. */
export class UsageIndex {
  readonly #podsByNode = new Map<string, Map<string, Pod>>();

  /** The pod as it was and is now; undefined where there was, or is, none. Pods that have ended hold nothing. */
  podChanged(before: Pod | undefined, after: Pod | undefined): void {
    if (before) this.#remove(before);
    if (after?.spec.nodeName && isActive(after)) this.#add(after, after.spec.nodeName);
  }

  /** The use of these nodes, by name. */
  usages(nodes: readonly Node[]): ReadonlyMap<string, NodeUsage> {
    const pods = nodes.flatMap(({ metadata }) => [...(this.#podsByNode.get(metadata.name)?.values() ?? [])]);
    return new Map(usageOfNodes(nodes, pods, new Map()).map((usage) => [usage.node.metadata.name, usage]));
  }

  #add(pod: Pod, node: string): void {
    const pods = this.#podsByNode.get(node) ?? new Map<string, Pod>();
    this.#podsByNode.set(node, pods);
    pods.set(namespacedName(pod.metadata), pod);
  }

  #remove(pod: Pod): void {
    const node = pod.spec.nodeName ?? '';
    const pods = this.#podsByNode.get(node);
    pods?.delete(namespacedName(pod.metadata));
    if (pods?.size === 0) this.#podsByNode.delete(node);
  }
}
