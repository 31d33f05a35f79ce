import type { Pieces } from '#core/pieces.ts';
import { KeptCosts } from '#core/scoring/kept-costs.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';
import { LiveMatrix, type NetworkFrame } from '#core/topology/live-matrix.ts';
import type { SliceReadings } from '#core/topology/slice-readings.ts';

/** Nodes and settings change in bursts: they are gathered for this long. */
const GATHER_MS = 200;
/** What many links have in common is reckoned anew this long after one of them changed, */
const RENEW_MS = 1000;
/** and in at most this share of the time. */
const BUSY_SHARE = 0.1;
/** Measurements age also where nothing changes. */
const TICK_MS = 1000;
/** What nobody asks for is looked at so often. */
const DROP_IDLE_MS = 30_000;
/** Then everything else has its turn. */
const TURN_MS = 3;

/** The network as decisions read it, kept current between them. */
export interface LiveNetwork {
  matrix(): LinkMatrix;
  keptCosts(): KeptCosts;
  /** A slice as it was and is now: counts at once. */
  sliceChanged(before: SliceReadings | undefined, after: SliceReadings | undefined): void;
  /** Nodes or settings changed: they count soon. */
  frameChanged(): void;
  /** Age of the oldest change that no decision rests on yet, in milliseconds; 0 where there is none. */
  behindMs(): number;
  stop(): void;
}

/**
 * `frame` is read whenever nodes and settings may have changed; where they are the same it returns the same objects. `onChanged` is
 * called after a change of the network, `onFramed` when what `frame` told last counts.
 */
export function liveNetwork(options: {
  frame: () => NetworkFrame;
  onChanged: () => void;
  onFramed: () => void;
}): LiveNetwork {
  const { frame, onChanged, onFramed } = options;
  const live = new LiveMatrix(frame(), Date.now());
  let keptCosts = new KeptCosts(live.current);
  /** Of the oldest change of nodes or settings that no matrix holds yet, in the making or made. */
  let framedAtMs: number | undefined;
  let renewing: { framedAtMs: number | undefined; tookMs: number } | undefined;
  let renewedAtMs = performance.now();
  let pauseMs = 0;
  let work: Pieces<void> | undefined;
  let next: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;
  let droppedAtMs = performance.now();

  function* renew(): Pieces<void> {
    let kept: KeptCosts | undefined;
    const isFramed = framedAtMs !== undefined;
    renewing = { framedAtMs, tookMs: 0 };
    framedAtMs = undefined;
    if (isFramed) live.reframe(frame());
    yield* live.renew(Date.now(), function* (matrix) {
      kept = new KeptCosts(matrix);
      yield* kept.makeOf(keptCosts);
    });
    keptCosts = kept ?? new KeptCosts(live.current);
    pauseMs = renewing.tookMs / BUSY_SHARE;
    renewedAtMs = performance.now();
    renewing = undefined;
    if (isFramed) onFramed();
    onChanged();
  }

  function* age(): Pieces<void> {
    yield* live.advance(Date.now());
    if (performance.now() - droppedAtMs < DROP_IDLE_MS) return;
    droppedAtMs = performance.now();
    live.current.dropIdleColumns();
    keptCosts.dropIdle();
  }

  function turn(): void {
    next = undefined;
    const startMs = performance.now();
    while (work && performance.now() - startMs < TURN_MS) if (work.next().done) work = undefined;
    if (renewing) renewing.tookMs += performance.now() - startMs;
    plan();
  }

  /** One thing at a time: what is being done, else what is due, else when something will be. */
  function plan(): void {
    clearTimeout(timer);
    if (next !== undefined) return;
    if (work === undefined && renewDueMs() <= performance.now()) work = renew();
    if (work !== undefined) next = setImmediate(turn);
    else if (Number.isFinite(renewDueMs())) timer = setTimeout(plan, Math.max(1, renewDueMs() - performance.now()));
  }

  function renewDueMs(): number {
    const againMs = renewedAtMs + pauseMs;
    if (framedAtMs !== undefined) return Math.max(againMs, framedAtMs + GATHER_MS);
    return live.isBehind() ? Math.max(againMs, renewedAtMs + RENEW_MS) : Number.POSITIVE_INFINITY;
  }

  const ticking = setInterval(() => {
    work ??= age();
    plan();
  }, TICK_MS);

  return {
    matrix: () => live.current,
    keptCosts: () => keptCosts,
    sliceChanged: (before, after) => {
      if (after) live.put(after);
      else if (before) live.remove(before.origin);
      onChanged();
    },
    frameChanged: () => {
      framedAtMs ??= performance.now();
      plan();
    },
    behindMs: () => {
      const sinceMs = renewing?.framedAtMs ?? framedAtMs;
      return sinceMs === undefined ? 0 : performance.now() - sinceMs;
    },
    stop: () => {
      clearInterval(ticking);
      clearTimeout(timer);
      clearImmediate(next);
      work = undefined;
      next = undefined;
    },
  };
}
