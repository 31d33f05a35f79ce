import type { Aggregation } from '#aggregator/aggregation.ts';
import { inTurns } from '#runtime/in-turns.ts';
import type { Logger } from '#runtime/logger.ts';

/** Coordinates are solved anew so often where something was measured, but not so often that it takes more than this share of the time. */
const ROUND_MS = 15_000;
const BUSY_SHARE = 0.1;

/** Keeps the nodes' coordinates; works in pieces, between which everything else has its turn. */
export function keepCoordinates(aggregation: Aggregation, logger: Logger): { stop(): Promise<void> } {
  let stopped = false;
  let version = -1;
  let round: Promise<void> = Promise.resolve();
  let timer = setTimeout(run, ROUND_MS);

  function run(): void {
    round = renew();
  }

  async function renew(): Promise<void> {
    const startedAt = performance.now();
    if (version !== aggregation.store.version) {
      version = aggregation.store.version;
      try {
        await inTurns(aggregation.renewCoordinates(Date.now()), () => stopped);
      } catch (err) {
        logger.error({ err }, 'cannot solve the coordinates of the nodes');
      }
    }
    const tookMs = performance.now() - startedAt;
    if (!stopped) timer = setTimeout(run, Math.max(ROUND_MS, tookMs / BUSY_SHARE));
  }

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
