import type { UnknownLinks } from '#core/api/app-group.ts';
import type { LimitedLinks, LinkLimit } from '#core/scoring/limits.ts';
import { type LinkMatrix, SOURCE_CODES } from '#core/topology/link-matrix.ts';
import { NOWHERE } from '#core/topology/link-rows.ts';

/** How candidates stand to limits, by their position. */
export interface LimitVerdicts {
  /** How many of the limits the candidate keeps. */
  kept(position: number): number;
  broken(position: number): number;
  /**
   * Why the candidate is rejected. kube-scheduler counts nodes by reason ("3 network limit broken: latency to db"): so it
   * names one broken limit, the first in the AppGroup's order, and no numbers or nodes.
   */
  reason(position: number): string;
}

interface Counts {
  broken: Uint32Array;
  /** Neither kept nor broken. */
  passedOver: Uint32Array;
  /** Number of the first broken limit; -1 where none is. */
  first: Int32Array;
}

/**
 * Checks candidates against limits. What is not known of a link is neither kept nor broken, or broken where `unknownLinks` is
 * `Reject`. A link within a node keeps every limit, an unreachable one breaks every limit.
 */
export function checkLimits(
  limits: readonly LinkLimit[],
  candidates: readonly string[],
  matrix: LinkMatrix,
  unknownLinks: UnknownLinks,
): LimitVerdicts {
  const indexes = matrix.indexesOf(candidates);
  const positions = new Int32Array(matrix.nodes.length).fill(NO_CANDIDATE);
  indexes.forEach((index, position) => {
    if (index !== NOWHERE) positions[index] = position;
  });
  const counts: Counts = {
    broken: new Uint32Array(candidates.length),
    passedOver: new Uint32Array(candidates.length),
    first: new Int32Array(candidates.length).fill(-1),
  };
  const unknownBreaks = unknownLinks === 'Reject';
  const all = candidates.map((_, position) => position);
  const strangers = all.filter((position) => indexes[position] === NOWHERE);
  for (const [number, { metric, other, links }] of limits.entries()) {
    if (links) {
      checkLinks(links, metric === 'bandwidth' ? -1 : 1, { indexes, positions, counts, number, unknownBreaks });
    }
    for (const position of links ? strangers : all) {
      if (candidates[position] !== other) count(counts, position, number, unknownBreaks);
    }
  }
  const { broken, passedOver, first } = counts;
  return {
    kept: (position) => limits.length - (broken[position] as number) - (passedOver[position] as number),
    broken: (position) => broken[position] as number,
    reason: (position) => {
      const limit = limits[first[position] as number];
      return `network limit broken: ${limit && describe(limit, indexes[position] as number)}`;
    },
  };
}

const NO_CANDIDATE = -1;

/**
 * A plain loop: this is most of the time that a request takes where there are limits. `sign` is 1 where a value must be at
 * most the bound, and -1 where at least.
 */
function checkLinks(
  links: LimitedLinks,
  sign: 1 | -1,
  into: { indexes: Int32Array; positions: Int32Array; counts: Counts; number: number; unknownBreaks: boolean },
): void {
  const { indexes, positions, counts, number, unknownBreaks } = into;
  const { values, bound, harder } = links;
  const most = sign * bound;
  for (let position = 0; position < indexes.length; position++) {
    const index = indexes[position] as number;
    if (index === NOWHERE) continue;
    const value = values[index] as number;
    if (sign * value <= most) continue;
    count(counts, position, number, unknownBreaks || !Number.isNaN(value) || isTooLittle(links, index));
  }
  for (const [index, own] of harder ?? []) {
    const position = positions[index] as number;
    const value = sign * (values[index] as number);
    if (position !== NO_CANDIDATE && value <= most && value > sign * own) count(counts, position, number, true);
  }
}

/** Whether a bandwidth that is not known cannot be enough. */
function isTooLittle({ most, bound, harder }: LimitedLinks, index: number): boolean {
  return most !== undefined && (most[index] as number) < (harder?.get(index) ?? bound);
}

function count({ broken, passedOver, first }: Counts, position: number, number: number, isBroken: boolean): void {
  if (!isBroken) {
    (passedOver[position] as number)++;
    return;
  }
  (broken[position] as number)++;
  if (first[position] === -1) first[position] = number;
}

function describe({ metric, peer, links }: LinkLimit, index: number): string {
  if (links === undefined || index === NOWHERE) return `unknown ${metric} ${peer}`;
  if (Number.isNaN(links.values[index]) && !isTooLittle(links, index)) return `unknown ${metric} ${peer}`;
  return `${SOURCE_CODES[links.sources[index] as number] === 'unreachable' ? 'reachability' : metric} ${peer}`;
}
