import { setImmediate } from 'node:timers/promises';
import type { Pieces } from '#core/pieces.ts';

/** Then everything else has its turn. */
const TURN_MS = 5;

/** Does the work in turns with everything else that the process has to do. Undefined where it was to stop meanwhile. */
export async function inTurns<Value>(pieces: Pieces<Value>, isStopped: () => boolean): Promise<Value | undefined> {
  while (!isStopped()) {
    for (const endMs = performance.now() + TURN_MS; performance.now() < endMs; ) {
      const { done, value } = pieces.next();
      if (done) return value;
    }
    await setImmediate();
  }
  return undefined;
}
