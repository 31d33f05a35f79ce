import { type AppGroup, appGroup } from '#core/api/app-group.ts';
import { type Node, namespacedName, node, type ObjectMeta, type Pod, pod } from '#core/api/kubernetes.ts';
import { API_VERSION, DEFAULT_TOPOLOGY, GROUP } from '#core/api/names.ts';
import { type NetworkTopology, networkTopology } from '#core/api/network-topology.ts';
import { type NetworkTopologySlice, networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { AppError } from '#core/errors.ts';
import type { ClusterState } from '#core/scoring/snapshot.ts';
import { parseInput, parseKnownFields } from '#core/validation.ts';
import { type Manifest, readManifests } from '#runtime/manifest-file.ts';

/** A cluster's state from files of manifests: see `stateOf`. Throws AppError NOT_FOUND, too. */
export function readState(files: readonly string[]): ClusterState {
  return stateOf(files.flatMap(readManifests));
}

/**
 * A cluster's state from manifests, as `kubectl get … -o yaml` or `-o json` writes them: several documents and
 * lists are fine, kinds that do not matter are passed over, and of an object that is there twice the last one counts, as
 * for `kubectl apply`. Throws AppError INVALID_INPUT naming file, object and field.
 */
export function stateOf(manifests: readonly Manifest[]): ClusterState {
  const nodes = new Map<string, Node>();
  const pods = new Map<string, Pod>();
  const appGroups = new Map<string, AppGroup>();
  const topologies = new Map<string, NetworkTopology>();
  const slices = new Map<string, NetworkTopologySlice>();
  const readers: Record<string, (value: unknown, source: string) => unknown> = {
    'v1/Node': (value, source) => keep(nodes, parseInput(node, value, source)),
    'v1/Pod': (value, source) => keep(pods, parseInput(pod, value, source)),
    [`${API_VERSION}/AppGroup`]: (value, source) => keep(appGroups, parseKnownFields(appGroup, value, source)),
    [`${API_VERSION}/NetworkTopology`]: (value, source) =>
      keep(topologies, parseKnownFields(networkTopology, value, source)),
    [`${API_VERSION}/NetworkTopologySlice`]: (value, source) =>
      keep(slices, parseKnownFields(networkTopologySlice, value, source)),
  };
  for (const { apiVersion, kind, value, place, source } of manifests) {
    const reader = readers[`${apiVersion}/${kind}`];
    if (!reader && apiVersion.startsWith(`${GROUP}/`)) {
      throw new AppError('INVALID_INPUT', `${place}: no kind ${kind} in ${apiVersion}`);
    }
    reader?.(value, source);
  }
  return {
    nodes: [...nodes.values()],
    pods: [...pods.values()],
    appGroups: [...appGroups.values()],
    topology: [...topologies.values()].find(({ metadata }) => metadata.name === DEFAULT_TOPOLOGY),
    slices: [...slices.values()],
  };
}

function keep<Kept extends { metadata: ObjectMeta }>(objects: Map<string, Kept>, object: Kept): void {
  objects.set(namespacedName(object.metadata), object);
}
