import type { ExplainedLink } from '#core/scoring/explain.ts';

type DescribedLink = Pick<
  ExplainedLink,
  | 'peer'
  | 'role'
  | 'peerNode'
  | 'contribution'
  | 'source'
  | 'rttMethod'
  | 'ageSeconds'
  | 'bandwidthBitsPerSecond'
  | 'bandwidthSource'
  | 'reservedBitsPerSecond'
>;

/** "calls db on n3: 0.020 (measured, 12 s ago)", or "(measured by TCP, …)", or "(…, 20 of 94.2 Mbit/s reserved)" */
export function describeLink(link: DescribedLink): string {
  const call = link.role === 'dependency' ? `calls ${link.peer}` : `called by ${link.peer}`;
  // By ping unless it says otherwise.
  const method = link.source === 'measured' && link.rttMethod === 'tcp' ? ' by TCP' : '';
  const age = link.ageSeconds === undefined ? '' : `, ${Math.round(link.ageSeconds)} s ago`;
  const reserved = link.reservedBitsPerSecond === undefined ? '' : `, ${describeReserved(link)} reserved`;
  return `${call} on ${link.peerNode}: ${link.contribution.toFixed(3)} (${link.source}${method}${age}${reserved})`;
}

function describeReserved(link: DescribedLink): string {
  const { bandwidthBitsPerSecond, bandwidthSource, reservedBitsPerSecond = 0 } = link;
  const all = bandwidthBitsPerSecond === undefined ? 'unknown' : inMegabits(bandwidthBitsPerSecond);
  const atMost = bandwidthSource === 'interface' ? 'at most ' : '';
  return `${inMegabits(reservedBitsPerSecond)} of ${atMost}${all} Mbit/s`;
}

function inMegabits(bits: number): string {
  const megabits = bits / 1e6;
  return megabits >= 100 ? megabits.toFixed(0) : String(Number(megabits.toPrecision(3)));
}
