import { UNREACHABLE_PARTS_PER_MILLION } from '#core/api/fields.ts';
import type { MeasuredLink } from '#core/api/network-topology-slice.ts';
import type { Probe } from '#core/measurement/probe-windows.ts';

/** So many lost probes make a link unreachable, not just lossy. */
const UNANSWERED_SEEDS = 3;

/** The probes, a millisecond apart, that say of a link what was published of it; the last is of the time (Unix ms) of its measurement. */
export function seedProbes(link: MeasuredLink, measuredAtMs: number): Probe[] {
  const transmitted = Math.max(1, link.samples);
  const { rttMicroseconds, jitterMicroseconds, lossPartsPerMillion: loss, rttMethod: method } = link;
  if (rttMicroseconds === undefined || loss === UNREACHABLE_PARTS_PER_MILLION) {
    const probe = { transmitted: Math.ceil(transmitted / UNANSWERED_SEEDS), received: 0 };
    return Array.from({ length: UNANSWERED_SEEDS }, (_, place) => ({
      ...probe,
      measuredAtMs: measuredAtMs - UNANSWERED_SEEDS + 1 + place,
    }));
  }
  const answered = Math.round(transmitted * (1 - (loss ?? 0) / UNREACHABLE_PARTS_PER_MILLION));
  const half = (pings: number, place: number) => Math.max(1, Math.floor((pings + place) / 2));
  // Two, because one alone would have to be confirmed.
  return [0, 1].map((place) => ({
    measuredAtMs: measuredAtMs - 1 + place,
    transmitted: half(transmitted, place),
    received: half(answered, place),
    rttMicroseconds,
    jitterMicroseconds,
    method,
  }));
}
