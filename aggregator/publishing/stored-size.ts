import { BITS_PER_SECOND_LIMIT, MICROSECONDS_LIMIT, PARTS_PER_MILLION } from '#core/api/fields.ts';
import type { MeasuredLink } from '#core/api/network-topology-slice.ts';

// How large a slice is as the API server stores it, with the ownership of fields that server-side apply adds. Bounds, not sizes:
// names are the only part of a link that has no small bound, and to write a link out only to count it would cost more.

/** No object of ours is larger, in bytes of JSON. */
export const SLICE_BYTES = 64 * 1024;

const WIDEST_TIME = '2026-01-01T00:00:00.000+00:00';
const WIDEST_LINK: Required<MeasuredLink> = {
  destination: '',
  rttMicroseconds: MICROSECONDS_LIMIT,
  jitterMicroseconds: MICROSECONDS_LIMIT,
  lossPartsPerMillion: PARTS_PER_MILLION,
  bandwidthBitsPerSecond: BITS_PER_SECOND_LIMIT,
  rttMethod: 'icmp',
  rttMeasuredAt: WIDEST_TIME,
  bandwidthMeasuredAt: WIDEST_TIME,
  samples: Number.MAX_SAFE_INTEGER,
};
/** Of a link in managedFields, and with the commas. */
const OWNED_LINK = { 'k:{"destination":""}': {} };
const LINK_BYTES = JSON.stringify(WIDEST_LINK).length + JSON.stringify(OWNED_LINK).length;
/** All but the links: zone, region, coordinate, interface, and metadata with its managedFields. */
const HEAD_BYTES = 4096;

/** An upper bound of the link's share, in bytes; names of nodes are ASCII. */
export function storedLinkBytes({ destination }: Pick<MeasuredLink, 'destination'>): number {
  return LINK_BYTES + 2 * destination.length;
}

/** What there is for links in the slice of a node, whose name stands in it four times. */
export function bytesForLinks(node: string): number {
  return SLICE_BYTES - HEAD_BYTES - 4 * node.length;
}

/** Whether the slice of a node has room for links to all of these. */
export function fitsSlice(node: string, links: readonly Pick<MeasuredLink, 'destination'>[]): boolean {
  return links.reduce((sum, link) => sum + storedLinkBytes(link), 0) <= bytesForLinks(node);
}
