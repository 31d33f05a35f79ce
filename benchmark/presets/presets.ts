import type { CallGraph } from '#benchmark/call-graph.ts';
import { AppError } from '#core/errors.ts';
import { BOOKINFO } from './bookinfo.ts';
import { CASSANDRA } from './cassandra.ts';
import { CLOUD_TO_EDGE } from './cloud-to-edge.ts';
import { HOTEL_RESERVATION } from './hotel-reservation.ts';
import { ONLINE_BOUTIQUE } from './online-boutique.ts';
import { CHAIN, CROSS, FAN_OUT, STAR } from './shapes.ts';

export const PRESETS: readonly CallGraph[] = [
  ONLINE_BOUTIQUE,
  BOOKINFO,
  HOTEL_RESERVATION,
  CASSANDRA,
  CLOUD_TO_EDGE,
  CHAIN,
  STAR,
  CROSS,
  FAN_OUT,
];

export const PRESET_NAMES: readonly string[] = PRESETS.map(({ name }) => name);

/** Throws AppError NOT_FOUND that names the presets there are. */
export function presetNamed(name: string): CallGraph {
  const preset = PRESETS.find((candidate) => candidate.name === name);
  if (!preset) throw new AppError('NOT_FOUND', `--app: no preset "${name}", wanted one of ${PRESET_NAMES.join(', ')}`);
  return preset;
}
