import { type AppGroup, appGroup } from '#core/api/app-group.ts';
import {
  DIKTYO_APP_GROUP_API,
  DIKTYO_TOPOLOGY_API,
  type DiktyoAppGroup,
  type DiktyoNetworkTopology,
  diktyoAppGroup,
  diktyoNetworkTopology,
} from '#core/api/diktyo.ts';
import { type Node, namespacedName, node, type ObjectMeta, type Pod, pod } from '#core/api/kubernetes.ts';
import { API_VERSION, DEFAULT_TOPOLOGY, GROUP } from '#core/api/names.ts';
import { type NetworkTopology, networkTopology } from '#core/api/network-topology.ts';
import { type NetworkTopologySlice, networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { convertAppGroup } from '#core/diktyo/app-group.ts';
import { chooseTable, type TableChoice } from '#core/diktyo/network-topology.ts';
import { AppError } from '#core/errors.ts';
import type { ClusterState } from '#core/scoring/snapshot.ts';
import { parseInput, parseKnownFields } from '#core/validation.ts';
import { type Manifest, readManifests } from '#runtime/manifest-file.ts';

/** A cluster's state from files of manifests: see `stateOf`. Throws AppError NOT_FOUND, too. */
export function readState(files: readonly string[], choice: TableChoice): ClusterState {
  return stateOf(files.flatMap(readManifests), choice);
}

/**
 * A cluster's state from manifests, as `kubectl get … -o yaml` or `-o json` writes them: several documents and
 * lists are fine, scheduler-plugins' AppGroups and NetworkTopologies count as ours, kinds that do not matter are passed over,
 * and of an object that is there twice the last one counts, as for `kubectl apply`. Throws AppError INVALID_INPUT naming file, object and field.
 */
export function stateOf(manifests: readonly Manifest[], choice: TableChoice): ClusterState {
  const nodes = new Map<string, Node>();
  const pods = new Map<string, Pod>();
  const appGroups = new Map<string, AppGroup>();
  const topologies = new Map<string, NetworkTopology>();
  const slices = new Map<string, NetworkTopologySlice>();
  const theirGroups = new Map<string, DiktyoAppGroup>();
  const theirTopologies = new Map<string, DiktyoNetworkTopology>();
  const readers: Record<string, (value: unknown, source: string) => unknown> = {
    'v1/Node': (value, source) => keep(nodes, parseInput(node, value, source)),
    'v1/Pod': (value, source) => keep(pods, parseInput(pod, value, source)),
    [`${API_VERSION}/AppGroup`]: (value, source) => keep(appGroups, parseKnownFields(appGroup, value, source)),
    [`${API_VERSION}/NetworkTopology`]: (value, source) =>
      keep(topologies, parseKnownFields(networkTopology, value, source)),
    [`${API_VERSION}/NetworkTopologySlice`]: (value, source) =>
      keep(slices, parseKnownFields(networkTopologySlice, value, source)),
    [`${DIKTYO_APP_GROUP_API}/AppGroup`]: (value, source) =>
      keep(theirGroups, parseInput(diktyoAppGroup, value, source)),
    [`${DIKTYO_TOPOLOGY_API}/NetworkTopology`]: (value, source) =>
      keep(theirTopologies, parseInput(diktyoNetworkTopology, value, source)),
  };
  for (const { apiVersion, kind, value, place, source } of manifests) {
    const reader = readers[`${apiVersion}/${kind}`];
    if (!reader && apiVersion.startsWith(`${GROUP}/`)) {
      throw new AppError('INVALID_INPUT', `${place}: no kind ${kind} in ${apiVersion}`);
    }
    reader?.(value, source);
  }
  const { table, problem } = chooseTable([...theirTopologies.values()], choice);
  if (problem !== undefined) throw new AppError('INVALID_INPUT', `${filesOf(manifests)}: ${problem}`);
  return {
    nodes: [...nodes.values()],
    pods: [...pods.values()],
    appGroups: [...withTheirs(appGroups, theirGroups).values()],
    topology: [...topologies.values()].find(({ metadata }) => metadata.name === DEFAULT_TOPOLOGY),
    slices: [...slices.values()],
    ...(table === undefined ? {} : { table }),
  };
}

function filesOf(manifests: readonly Manifest[]): string {
  return [...new Set(manifests.map(({ place }) => place.replace(/: object \d+$/, '')))].join(', ');
}

/** Of two groups with one name ours counts. */
function withTheirs(ours: Map<string, AppGroup>, theirs: Map<string, DiktyoAppGroup>): Map<string, AppGroup> {
  const converted = [...theirs].map(([name, group]) => [name, convertAppGroup(group).group] as const);
  return new Map([...converted, ...ours]);
}

function keep<Kept extends { metadata: ObjectMeta }>(objects: Map<string, Kept>, object: Kept): void {
  objects.set(namespacedName(object.metadata), object);
}
