import { createRandom } from '#core/random.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import { makeCase, type PlacementCase, PRESSURES } from './cases.ts';
import { NETWORK_KINDS } from './networks.ts';
import { optimumOf } from './optimum.ts';
import { PLACER_NAMES, place } from './placers.ts';
import type { RttMatrix } from './planetlab.ts';
import type { CaseResult } from './result.ts';

/** So many partial placements are looked at before an optimum counts as not proven: some seconds. */
const MOST_VISITED = 3_000_000;
/** One large case for so many small ones. */
const SMALL_PER_LARGE = 4;
/** Seeds of different kinds of cases do not meet. */
const SEEDS_PER_KIND = 100_000;

/** `cases` small ones of each kind of network with and without pressure, and a quarter as many large ones. */
export function measureQuality(
  { seed, cases, planetLab }: { seed: number; cases: number; planetLab: RttMatrix | undefined },
  tell: (line: string) => void,
): CaseResult[] {
  const kinds = NETWORK_KINDS.filter((kind) => kind !== 'planetlab' || planetLab !== undefined);
  const groups = kinds.flatMap((kind) => PRESSURES.map((pressure) => ({ kind, pressure })));
  return groups.flatMap((group, position) => {
    const firstSeed = seed + SEEDS_PER_KIND * position;
    const made = Array.from({ length: cases + Math.ceil(cases / SMALL_PER_LARGE) }, (_, index) =>
      resultOf(makeCase({ ...group, seed: firstSeed + index, size: index < cases ? 'small' : 'large' }, planetLab)),
    );
    tell(`${group.kind}, ${group.pressure}: ${made.length} cases`);
    return made;
  });
}

function resultOf(given: PlacementCase): CaseResult {
  const { seed, kind, pressure, size, app, nodes, pods, known, matrix } = given;
  let lowerBound = 0;
  const placed = Object.fromEntries(
    PLACER_NAMES.map((placer) => {
      const placement = place(placer, given, createRandom(seed));
      lowerBound = placement.lowerBound ?? lowerBound;
      const cost = placementCost(known.graph, placement.nodes, matrix);
      return [placer, { cost, unplaced: placement.unplaced }];
    }),
  ) as CaseResult['placed'];
  return {
    ...{ seed, kind, pressure, size, app, nodes: nodes.length, pods: pods.length, placed, lowerBound },
    ...(size === 'small' ? { optimum: optimumFrom(given, placed.planned) } : {}),
  };
}

/** The plan is where the search starts: it only looks for what is better. */
function optimumFrom(given: PlacementCase, planned: CaseResult['placed']['planned']): CaseResult['optimum'] {
  const known = planned.unplaced === 0 ? { atMost: planned.cost } : {};
  const { cost, proven } = optimumOf(given, { mostVisited: MOST_VISITED, ...known });
  return { proven, ...(cost === undefined ? {} : { cost }) };
}
