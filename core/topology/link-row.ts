import { UNREACHABLE_PARTS_PER_MILLION } from '#core/api/fields.ts';
import type { FreshSeconds } from '#core/topology/measured-links.ts';
import { RETAINED_SECONDS } from '#core/topology/measured-links.ts';
import { BANDWIDTH_AT, LINK_FIELDS, LOSS, RTT_AT, type SliceReadings } from '#core/topology/slice-readings.ts';

/** What a measurement is good for at a moment: bits of `LinkRow.states`. */
export const STATE = {
  /** RTT, jitter and loss are young enough to be used at all. */
  rttUsable: 1,
  bandwidthUsable: 2,
  /** Young enough to speak for this very link, not only for its zone pair. */
  fresh: 4,
  bandwidthFresh: 8,
  /** Probed, and nothing came back; also where that is no longer fresh. */
  unreachable: 16,
} as const;

/** The links of one origin as they stand at a moment. Never changed, only replaced. */
export interface LinkRow {
  readings: SliceReadings;
  /** The position of each destination among the nodes; -1 where it has none or is the origin itself. */
  to: Int32Array;
  states: Uint8Array;
  /** Whether what the interface has left is still worth telling. */
  hasRoom: boolean;
  /** Until then the states hold, unless the clock is set back. */
  holdsUntilMs: number;
}

/** The row of slice readings at `nowMs`. A time ahead of now (another machine's clock) counts as just now. */
export function linkRow(readings: SliceReadings, to: Int32Array, limits: FreshSeconds, nowMs: number): LinkRow {
  const { values } = readings;
  const states = new Uint8Array(to.length);
  const rttRetained = RETAINED_SECONDS * 1000;
  const bandwidthRetained = Math.max(RETAINED_SECONDS, limits.bandwidth) * 1000;
  let holdsUntilMs = Number.POSITIVE_INFINITY;

  /** Whether that time has not passed; if so, the states hold until then at most. */
  function isAhead(untilMs: number): boolean {
    if (!(nowMs <= untilMs)) return false;
    holdsUntilMs = Math.min(holdsUntilMs, untilMs);
    return true;
  }

  /** What was fresh when the slice was last written goes on being so for a while: its writer tells of changes. */
  function freshUntilMs(measuredAtMs: number): number {
    const { observedAtMs } = readings;
    const ownMs = measuredAtMs + limits.rtt * 1000;
    return observedAtMs <= ownMs ? Math.max(ownMs, observedAtMs + limits.confirmed * 1000) : ownMs;
  }

  for (let link = 0; link < to.length; link++) {
    if (to[link] === -1) continue;
    const at = link * LINK_FIELDS;
    const [rttAtMs, bandwidthAtMs] = [values[at + RTT_AT] as number, values[at + BANDWIDTH_AT] as number];
    let state = 0;
    if (isAhead(rttAtMs + rttRetained)) {
      state |= STATE.rttUsable;
      if (values[at + LOSS] === UNREACHABLE_PARTS_PER_MILLION) state |= STATE.unreachable;
    }
    if (isAhead(bandwidthAtMs + bandwidthRetained)) state |= STATE.bandwidthUsable;
    if (state !== 0 && isAhead(freshUntilMs(rttAtMs))) state |= STATE.fresh;
    if (state !== 0 && isAhead(bandwidthAtMs + limits.bandwidth * 1000)) state |= STATE.bandwidthFresh;
    states[link] = state;
  }
  const { room } = readings;
  const hasRoom = room !== undefined && isAhead(freshUntilMs(room.measuredAtMs));
  return { readings, to, states, hasRoom, holdsUntilMs };
}
