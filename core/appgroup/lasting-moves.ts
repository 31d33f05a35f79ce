import type { Move } from '#core/appgroup/drift.ts';

/** A move that has been worthwhile at every look since then. */
export interface LastingMove extends Move {
  sinceMs: number;
}

/** Remembers since when a pod would be better off elsewhere: on whatever node, as long as it has not moved. */
export class LastingMoves {
  /** By group, then by pod. */
  readonly #moves = new Map<string, Map<string, LastingMove>>();

  /** All moves that are worthwhile now for pods of the group. */
  found(group: string, moves: readonly Move[], nowMs: number): void {
    const before = this.#moves.get(group);
    const now = new Map<string, LastingMove>();
    for (const move of moves) {
      const last = before?.get(move.pod);
      // A clock that was set back begins anew.
      const sinceMs = last?.from === move.from ? Math.min(last.sinceMs, nowMs) : nowMs;
      now.set(move.pod, { ...move, sinceMs });
    }
    if (now.size === 0) this.#moves.delete(group);
    else this.#moves.set(group, now);
  }

  /** Those that were worthwhile for so long, the greatest saving first. */
  lasting(group: string, afterMs: number, nowMs: number): LastingMove[] {
    return [...(this.#moves.get(group)?.values() ?? [])].filter(({ sinceMs }) => nowMs - sinceMs >= afterMs);
  }

  groups(): string[] {
    return [...this.#moves.keys()];
  }
}
