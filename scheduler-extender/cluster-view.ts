import { appGroup } from '#core/api/app-group.ts';
import { APP_GROUP, NETWORK_TOPOLOGY, NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import { node, type Pod, pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, DEFAULT_TOPOLOGY } from '#core/api/names.ts';
import { networkTopology } from '#core/api/network-topology.ts';
import { networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { placementsOf } from '#core/appgroup/placements.ts';
import { AppError } from '#core/errors.ts';
import type { Snapshot } from '#core/scoring/score.ts';
import { buildMatrix, type ClusterState, indexGroups, newestMeasurementMs } from '#core/scoring/snapshot.ts';
import { parseInput } from '#core/validation.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { type ResourceCache, watchResource } from '#runtime/kubernetes/resource-cache.ts';
import type { Logger } from '#runtime/logger.ts';

/** The cluster as the extender sees it. */
export interface ClusterView {
  /** What to decide from now. */
  snapshot(): Snapshot;
  nodeNames(): string[];
  /** Undefined where there is no such pod. */
  pod(namespace: string, name: string): Promise<Pod | undefined>;
  /** Why decisions cannot be made from it yet; undefined when they can. */
  notReady(): string | undefined;
  /** Objects that were refused because they are not valid. */
  invalidObjects(): number;
  stop(): Promise<void>;
}

/** Measurements age also where nothing changes. */
const MATRIX_MAX_AGE_MS = 30_000;
/** Slices come in bursts: at most one new matrix in this time. */
const MATRIX_MIN_AGE_MS = 250;

/** A state that does not change, from manifests in files. Its newest measurement is its "now". */
export function fixedView(state: ClusterState): ClusterView {
  const snapshot: Snapshot = {
    matrix: buildMatrix(state, newestMeasurementMs(state.slices)),
    placements: placementsOf(state.pods),
    groups: indexGroups(state.appGroups),
  };
  return {
    snapshot: () => snapshot,
    nodeNames: () => state.nodes.map(({ metadata }) => metadata.name),
    pod: async (namespace, name) =>
      state.pods.find(({ metadata }) => metadata.name === name && (metadata.namespace ?? 'default') === namespace),
    notReady: () => undefined,
    invalidObjects: () => 0,
    stop: async () => {},
  };
}

/** The state of a cluster, kept current by watches. A snapshot's parts are made anew when asked for after a change. */
export function watchCluster(client: KubernetesClient, logger: Logger): ClusterView {
  const matrix = recomputed(
    () => {
      const topology = topologies.list().find(({ metadata }) => metadata.name === DEFAULT_TOPOLOGY);
      return buildMatrix({ nodes: nodes.list(), topology, slices: slices.list() }, Date.now());
    },
    { minAgeMs: MATRIX_MIN_AGE_MS, maxAgeMs: MATRIX_MAX_AGE_MS },
  );
  const placements = recomputed(() => placementsOf(pods.list()));
  const groups = recomputed(() => indexGroups(appGroups.list()));

  const base = { client, logger };
  const networkChanged = { onChange: matrix.invalidate };
  const nodes = watchResource({ ...base, ...networkChanged, path: '/api/v1/nodes', schema: node });
  const slicePath = resourcePath(NETWORK_TOPOLOGY_SLICE);
  const slices = watchResource({ ...base, ...networkChanged, path: slicePath, schema: networkTopologySlice });
  const topologyPath = resourcePath(NETWORK_TOPOLOGY);
  const topologies = watchResource({ ...base, ...networkChanged, path: topologyPath, schema: networkTopology });
  const pods = watchResource({
    ...base,
    path: '/api/v1/pods',
    schema: pod,
    labelSelector: APP_GROUP_LABEL,
    onChange: placements.invalidate,
  });
  const groupPath = resourcePath(APP_GROUP);
  const appGroups = watchResource({ ...base, path: groupPath, schema: appGroup, onChange: groups.invalidate });
  const caches: Record<string, ResourceCache<unknown>> = { nodes, pods, topologies, slices, appGroups };

  return {
    snapshot: () => ({ matrix: matrix.get(), placements: placements.get(), groups: groups.get() }),
    nodeNames: () => nodes.list().map(({ metadata }) => metadata.name),
    pod: (namespace, name) => readPod(client, namespace, name),
    notReady: () => {
      const waiting = Object.keys(caches).filter((name) => !caches[name]?.synced());
      return waiting.length === 0 ? undefined : `waiting for ${waiting.join(', ')}`;
    },
    invalidObjects: () => Object.values(caches).reduce((sum, cache) => sum + cache.invalid(), 0),
    stop: async () => {
      await Promise.all(Object.values(caches).map((cache) => cache.stop()));
    },
  };
}

async function readPod(client: KubernetesClient, namespace: string, name: string): Promise<Pod | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  try {
    return parseInput(pod, await client.get(path), path);
  } catch (err) {
    if (err instanceof AppError && err.code === 'NOT_FOUND') return undefined;
    throw err;
  }
}

/** A value made when it is first asked for after a change, at most every `minAgeMs`, and anew past `maxAgeMs`. */
function recomputed<Value>(make: () => Value, ages: { minAgeMs?: number; maxAgeMs?: number } = {}) {
  const { minAgeMs = 0, maxAgeMs = Number.POSITIVE_INFINITY } = ages;
  let current: { value: Value; madeAtMs: number } | undefined;
  let changed = true;
  return {
    invalidate: () => {
      changed = true;
    },
    get: (): Value => {
      const ageMs = current === undefined ? Number.POSITIVE_INFINITY : performance.now() - current.madeAtMs;
      if (current === undefined || ageMs > maxAgeMs || (changed && ageMs >= minAgeMs)) {
        changed = false;
        current = { value: make(), madeAtMs: performance.now() };
      }
      return current.value;
    },
  };
}
