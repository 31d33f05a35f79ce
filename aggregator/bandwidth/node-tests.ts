import type { DirectedPair } from '#core/measurement/bandwidth-rounds.ts';

interface NodeTest {
  peer: string;
  beganAtMs: number;
  endedAtMs: number;
}

/** The tests of each node that a probe of late can have met: the one under way, and the last that ended. In Unix ms. */
export class NodeTests {
  readonly #underWay = new Map<string, NodeTest>();
  readonly #ended = new Map<string, NodeTest>();

  began({ origin, destination }: DirectedPair, nowMs: number): void {
    const span = { beganAtMs: nowMs, endedAtMs: Number.POSITIVE_INFINITY };
    this.#underWay.set(origin, { peer: destination, ...span });
    this.#underWay.set(destination, { peer: origin, ...span });
  }

  ended({ origin, destination }: DirectedPair, nowMs: number): void {
    for (const node of [origin, destination]) {
      const test = this.#underWay.get(node);
      this.#underWay.delete(node);
      if (test !== undefined) this.#ended.set(node, { ...test, endedAtMs: nowMs });
    }
  }

  /** Whether the node was in a test with another peer than this one at any time from `fromMs` to `untilMs`. */
  wasInTest(node: string, exceptWith: string, fromMs: number, untilMs: number): boolean {
    return [this.#underWay.get(node), this.#ended.get(node)].some(
      (test) => test !== undefined && test.peer !== exceptWith && test.beganAtMs <= untilMs && test.endedAtMs >= fromMs,
    );
  }

  /** The clock was set by so much. */
  shift(ms: number): void {
    for (const tests of [this.#underWay, this.#ended]) {
      for (const test of tests.values()) {
        test.beganAtMs += ms;
        test.endedAtMs += ms;
      }
    }
  }

  /** To be called when no test of a node that is gone is under way. */
  retain(isKnown: (node: string) => boolean): void {
    for (const node of this.#ended.keys()) if (!isKnown(node)) this.#ended.delete(node);
  }
}
