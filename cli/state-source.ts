import { readManifestSources } from '#cli/manifest-sources.ts';
import type { StateOptions } from '#cli/state-options.ts';
import type { ClusterState } from '#core/scoring/snapshot.ts';
import { stateOf } from '#scheduler-extender/state-file.ts';

/** A cluster's state from where `-f` points. Throws AppError NOT_FOUND or INVALID_INPUT naming file, object and field. */
export async function readStateSources({ filename, recursive, ...choice }: StateOptions): Promise<ClusterState> {
  return stateOf(await readManifestSources(filename, { recursive }), choice);
}
