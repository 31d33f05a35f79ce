import type { LinkSource } from '#core/api/topology-view.ts';

/** Sources from the strongest to the weakest; positions in it are the codes of `LinkMatrix.sources`. */
export const SOURCE_CODES: readonly LinkSource[] = [
  'local',
  'measured',
  'unreachable',
  'zone',
  'coordinates',
  'static',
  'labels',
  'unknown',
];

export const CODE_OF = Object.fromEntries(SOURCE_CODES.map((source, code) => [source, code])) as Record<
  LinkSource,
  number
>;
