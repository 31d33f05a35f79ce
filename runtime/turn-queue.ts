/** Work that waits its turn, by key. */
export interface TurnQueue {
  /** Takes the place of what waits under the key; that is not done any more. */
  set(key: string, work: () => void): void;
  /** Called once nothing waits that waits now. */
  whenDone(done: () => void): void;
  /** How long the oldest has waited, in milliseconds; 0 where nothing waits. */
  waitedMs(): number;
  stop(): void;
}

/** Then everything else has its turn. */
const TURN_MS = 3;

/** Does work in turns with everything else that the process has to do, in the order in which keys came. `work` must not throw. */
export function createTurnQueue(): TurnQueue {
  const waiting = new Map<string, { work: () => void; sinceMs: number }>();
  let next: NodeJS.Immediate | undefined;
  let marks = 0;

  function turn(): void {
    next = undefined;
    const endMs = performance.now() + TURN_MS;
    for (const [key, { work }] of waiting) {
      waiting.delete(key);
      work();
      if (performance.now() >= endMs) break;
    }
    plan();
  }

  function plan(): void {
    if (waiting.size > 0) next ??= setImmediate(turn);
  }

  function add(key: string, work: () => void): void {
    const sinceMs = waiting.get(key)?.sinceMs ?? performance.now();
    waiting.set(key, { work, sinceMs });
    plan();
  }

  return {
    set: add,
    // No other key has a space in front.
    whenDone: (done) => add(` ${marks++}`, done),
    waitedMs: () => {
      const oldest = waiting.values().next().value;
      return oldest === undefined ? 0 : performance.now() - oldest.sinceMs;
    },
    stop: () => {
      clearImmediate(next);
      waiting.clear();
    },
  };
}
