import type { LinkKnowledge } from '#core/topology/estimates.ts';
import type { KnownLinks } from '#core/topology/known-links.ts';
import { CODE_OF } from '#core/topology/source-codes.ts';

export type LinkQuantity = 'cost' | 'rttMicroseconds' | 'bandwidthBitsPerSecond' | 'lossPartsPerMillion';

/** What is read of a link: a quantity, the same for limits, the most that an unknown bandwidth can be, or the code of its source. */
export type Reading = LinkQuantity | `limited ${LinkQuantity}` | 'most bandwidthBitsPerSecond' | 'source';

type Read = (link: LinkKnowledge, ends: { from: number; to: number }, links: KnownLinks) => number;

const INFINITE = Number.POSITIVE_INFINITY;

/** As numbers; NaN where it is not known. */
export const READ: Readonly<Record<Reading, Read>> = {
  source: ({ source }) => CODE_OF[source],
  cost: quantity('cost'),
  rttMicroseconds: quantity('rttMicroseconds'),
  bandwidthBitsPerSecond: quantity('bandwidthBitsPerSecond'),
  lossPartsPerMillion: quantity('lossPartsPerMillion'),
  'limited cost': limited('cost'),
  'limited rttMicroseconds': limited('rttMicroseconds'),
  'limited bandwidthBitsPerSecond': limited('bandwidthBitsPerSecond'),
  'limited lossPartsPerMillion': limited('lossPartsPerMillion'),
  'most bandwidthBitsPerSecond': ({ bandwidthSource, bandwidthBitsPerSecond }) =>
    bandwidthSource === 'interface' ? (bandwidthBitsPerSecond ?? Number.NaN) : Number.NaN,
};

/** Read back from the cost where only that is known. */
function quantity(name: LinkQuantity): Read {
  return (link, _ends, { maxima }) => {
    const known = link[name];
    if (known !== undefined) return known;
    if (name === 'cost' || link.cost === undefined) return Number.NaN;
    if (name === 'rttMicroseconds' && link.source === 'unreachable') return INFINITE;
    return name === 'bandwidthBitsPerSecond' ? (1 - link.cost) * maxima[name] : link.cost * maxima[name];
  };
}

/** What was measured, of the link or its zone pair, and no guess. Within a node the best there can be, and of an unreachable link worse than any limit. */
function limited(name: LinkQuantity): Read {
  const [best, worst] = name === 'bandwidthBitsPerSecond' ? [INFINITE, 0] : [0, INFINITE];
  return (link, { from, to }, { estimates }) => {
    if (link.source === 'local') return best;
    if (link.source === 'unreachable') return worst;
    if (name === 'rttMicroseconds' && link.source === 'coordinates') return Number.NaN;
    if (name === 'bandwidthBitsPerSecond' && link.bandwidthSource === 'interface') return Number.NaN;
    const cost = name === 'cost' ? estimates.limitedCost?.(from, to) : undefined;
    return cost ?? link[name] ?? Number.NaN;
  };
}
