import type { CallGraph } from '#benchmark/call-graph.ts';
import { AppError } from '#core/errors.ts';
import { ONLINE_BOUTIQUE } from './online-boutique.ts';

const PRESETS: readonly CallGraph[] = [ONLINE_BOUTIQUE];

export const PRESET_NAMES: readonly string[] = PRESETS.map(({ name }) => name);

/** Throws AppError NOT_FOUND that names the presets there are. */
export function presetNamed(name: string): CallGraph {
  const preset = PRESETS.find((candidate) => candidate.name === name);
  if (!preset) throw new AppError('NOT_FOUND', `--app: no preset "${name}", wanted one of ${PRESET_NAMES.join(', ')}`);
  return preset;
}
