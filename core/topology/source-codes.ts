import { type LinkSource, linkSource } from '#core/api/topology-view.ts';

/** Sources from the strongest to the weakest; positions in it are the codes of `LinkMatrix.sources`. */
export const SOURCE_CODES: readonly LinkSource[] = linkSource.options;

export const CODE_OF = Object.fromEntries(SOURCE_CODES.map((source, code) => [source, code])) as Record<
  LinkSource,
  number
>;
