import type { NodeUsage, Requests } from '#core/resources/node-usage.ts';

/** What is left on each node, by node index. */
export class Room {
  readonly #cpu: Float64Array;
  readonly #memory: Float64Array;
  readonly #pods: Float64Array;
  readonly #size: Float64Array;

  /** A node without a usage has no room. */
  constructor(usages: readonly (NodeUsage | undefined)[]) {
    const each = (of: (usage: NodeUsage) => number) =>
      Float64Array.from(usages, (usage) => (usage === undefined ? 0 : of(usage)));
    this.#cpu = each(({ allocatable, requested }) => allocatable.cpu - requested.cpu);
    this.#memory = each(({ allocatable, requested }) => allocatable.memory - requested.memory);
    this.#pods = each(({ allocatable, pods }) => allocatable.pods - pods);
    this.#size = each(({ allocatable }) => allocatable.cpu);
  }

  /** Whether a pod fits on the node, in the place of another one where that is given. */
  fits({ cpu, memory }: Requests, node: number, leaving?: Requests): boolean {
    return (
      (this.#pods[node] as number) + (leaving === undefined ? 0 : 1) >= 1 &&
      (cpu === 0 || (this.#cpu[node] as number) + (leaving?.cpu ?? 0) >= cpu) &&
      (memory === 0 || (this.#memory[node] as number) + (leaving?.memory ?? 0) >= memory)
    );
  }

  take({ cpu, memory }: Requests, node: number): void {
    (this.#cpu[node] as number) -= cpu;
    (this.#memory[node] as number) -= memory;
    (this.#pods[node] as number) -= 1;
  }

  give({ cpu, memory }: Requests, node: number): void {
    (this.#cpu[node] as number) += cpu;
    (this.#memory[node] as number) += memory;
    (this.#pods[node] as number) += 1;
  }

  /** What is free of a node's CPU, 0..1. */
  freeShare(node: number): number {
    const size = this.#size[node] as number;
    return size === 0 ? 0 : (this.#cpu[node] as number) / size;
  }

  /** How many that ask for `others` there is room for on one node, beside one that asks for `one`. */
  mostBeside(one: Requests, others: Requests): number {
    let most = 0;
    for (let node = 0; node < this.#pods.length; node++) {
      const room = Math.min(
        (this.#pods[node] as number) - 1,
        others.cpu === 0 ? Number.POSITIVE_INFINITY : ((this.#cpu[node] as number) - one.cpu) / others.cpu,
        others.memory === 0 ? Number.POSITIVE_INFINITY : ((this.#memory[node] as number) - one.memory) / others.memory,
      );
      most = Math.max(most, Math.floor(room));
    }
    return most;
  }
}
