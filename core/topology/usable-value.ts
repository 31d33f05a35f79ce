import type { LinkMaxima } from '#core/api/network-topology.ts';
import { type LinkRow, STATE } from '#core/topology/link-row.ts';
import { BANDWIDTH, LINK_FIELDS, LOSS, RTT } from '#core/topology/slice-readings.ts';

const FIELDS: Record<keyof LinkMaxima, { field: number; usable: number }> = {
  rttMicroseconds: { field: RTT, usable: STATE.rttUsable },
  bandwidthBitsPerSecond: { field: BANDWIDTH, usable: STATE.bandwidthUsable },
  lossPartsPerMillion: { field: LOSS, usable: STATE.rttUsable },
};

/** A metric of a row's link, be it fresh or not; NaN where it is not known or too old to be used. */
export function usableValue({ readings, states }: LinkRow, link: number, metric: keyof LinkMaxima): number {
  const { field, usable } = FIELDS[metric];
  return ((states[link] as number) & usable) === 0
    ? Number.NaN
    : (readings.values[link * LINK_FIELDS + field] as number);
}
