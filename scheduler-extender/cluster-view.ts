import { isDeepStrictEqual } from 'node:util';
import { type AppGroup, appGroup } from '#core/api/app-group.ts';
import { APP_GROUP, NETWORK_TOPOLOGY, NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import {
  DIKTYO_GROUP_LABEL,
  DIKTYO_GROUPS_PATH,
  DIKTYO_TOPOLOGIES_PATH,
  diktyoNetworkTopology,
} from '#core/api/diktyo.ts';
import { node, type Pod, pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, DEFAULT_TOPOLOGY } from '#core/api/names.ts';
import { type NetworkTopology, networkTopology } from '#core/api/network-topology.ts';
import { networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { scheduledPod } from '#core/api/scheduled-pod.ts';
import { PlacementIndex } from '#core/appgroup/placements.ts';
import { appGroupOfTheirs } from '#core/diktyo/app-group.ts';
import { chooseTable, type TableChoice } from '#core/diktyo/network-topology.ts';
import { AppError } from '#core/errors.ts';
import { KeptCosts } from '#core/scoring/kept-costs.ts';
import { isNetworkOverhead, type ScoringConfig, type Snapshot } from '#core/scoring/score.ts';
import {
  buildMatrix,
  type ClusterState,
  createSnapshot,
  indexGroups,
  networkSettings,
  newestMeasurementMs,
} from '#core/scoring/snapshot.ts';
import type { CostTable } from '#core/topology/cost-table.ts';
import type { NetworkFrame } from '#core/topology/live-matrix.ts';
import { topologyNode } from '#core/topology/measured-links.ts';
import { createSliceReader } from '#core/topology/slice-readings.ts';
import { parseInput } from '#core/validation.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { watchOptionalResource } from '#runtime/kubernetes/optional-resource.ts';
import { type ResourceCache, watchResource } from '#runtime/kubernetes/resource-cache.ts';
import { watchWhileWanted } from '#runtime/kubernetes/watch-while-wanted.ts';
import type { Logger } from '#runtime/logger.ts';
import { createTurnQueue } from '#runtime/turn-queue.ts';
import { AssumedPlacements } from './assumed-placements.ts';
import { GroupIndex } from './group-index.ts';
import { liveNetwork } from './live-network.ts';
import { readPodMessage } from './read-pod-message.ts';
import { trimAppGroup } from './trim-app-group.ts';
import { trimPod } from './trim-pod.ts';

/** The cluster as the extender sees it. */
export interface ClusterView {
  /** What to decide from now. */
  snapshot(): Snapshot;
  nodeNames(): string[];
  /** The pod goes to the node, though nobody has seen it bound yet. */
  assume(pod: Pod, node: string): void;
  /** The pod is tried again: it did not get to where it was assumed. */
  withdraw(pod: Pod): void;
  /** True for a pod that was assumed on a node and is not bound. */
  wasSent(pod: Pod): boolean;
  /** Undefined where there is no such pod. */
  pod(namespace: string, name: string): Promise<Pod | undefined>;
  /** Why decisions cannot be made from it yet; undefined when they can. */
  notReady(): string | undefined;
  /** Objects that were refused because they are not valid. */
  invalidObjects(): number;
  /** For each watched resource the seconds since its watch last proved alive. */
  idleSeconds(): Record<string, number>;
  /** Age of the oldest change of the network that the snapshot does not hold yet, in seconds. */
  networkBehindSeconds(): number;
  stop(): Promise<void>;
}

/** What a view tells of the cluster beside the snapshot. */
export interface ViewEvents {
  /** A pod of an AppGroup as it was and is now; undefined where there was, or is, none. */
  podChanged(before: Pod | undefined, after: Pod | undefined): void;
  /** The snapshot holds another network, or other AppGroups. */
  networkChanged(): void;
  /** All is read for the first time; these are the pods of AppGroups. */
  started(pods: readonly Pod[]): void;
}

/** A state that does not change, from manifests in files. Its newest measurement is its "now". */
export function fixedView(state: ClusterState, config: ScoringConfig): ClusterView {
  const network = { ...state, tableAlone: isNetworkOverhead(config) };
  const matrix = buildMatrix(network, newestMeasurementMs(state.slices));
  const snapshot = createSnapshot({
    matrix,
    keptCosts: new KeptCosts(matrix),
    placed: PlacementIndex.of(state.pods),
    groups: indexGroups(state.appGroups),
  });
  return {
    snapshot: () => snapshot,
    assume: () => {},
    withdraw: () => {},
    wasSent: () => false,
    nodeNames: () => state.nodes.map(({ metadata }) => metadata.name),
    pod: async (namespace, name) =>
      state.pods.find(({ metadata }) => metadata.name === name && (metadata.namespace ?? 'default') === namespace),
    notReady: () => undefined,
    invalidObjects: () => 0,
    idleSeconds: () => ({}),
    networkBehindSeconds: () => 0,
    stop: async () => {},
  };
}

/** The state of a cluster, kept current by watches. Every event that has come counts in the next snapshot's placements. */
export function watchCluster(
  client: KubernetesClient,
  logger: Logger,
  config: ScoringConfig & TableChoice,
  events: ViewEvents,
): ClusterView {
  const paths = {
    topologies: resourcePath(NETWORK_TOPOLOGY),
    slices: resourcePath(NETWORK_TOPOLOGY_SLICE),
    groups: resourcePath(APP_GROUP),
  };
  const base = { client, logger };
  const sliceTurns = createTurnQueue();
  const nodes = watchResource({
    ...base,
    path: '/api/v1/nodes',
    schema: node,
    inTurns: createTurnQueue(),
    // Nodes tell every few minutes that they are alive; what scoring reads of them hardly ever changes.
    onChange: (before, after) => {
      if (before && after && isDeepStrictEqual(topologyNode(before), topologyNode(after))) return;
      frameNodes = undefined;
      network.frameChanged();
    },
  });
  const topologies = watchResource({
    ...base,
    path: paths.topologies,
    schema: networkTopology,
    onChange: (before, after) => {
      if (!isDeepStrictEqual(readOf(before), readOf(after)) || !before) network.frameChanged();
    },
  });
  const slices = watchResource({
    ...base,
    path: paths.slices,
    schema: networkTopologySlice.transform(createSliceReader()),
    inTurns: sliceTurns,
    onChange: (before, after) => {
      network.sliceChanged(before, after);
      // After the first list, which is to count at once.
      if (!before && !after) network.frameChanged();
    },
  });
  const appGroups = watchResource({
    ...base,
    path: paths.groups,
    schema: appGroup,
    trim: trimAppGroup,
    onChange: (before, after) => groupChanged('own', before, after),
  });
  const onPods = {
    ...base,
    path: '/api/v1/pods',
    schema: scheduledPod,
    trim: trimPod,
    readProtobuf: readPodMessage,
    onChange: (before?: Pod, after?: Pod) => {
      placements.podChanged(before, after);
      if (before || after) events.podChanged(before, after);
      else announceStart();
    },
  };
  const pods = watchResource({ ...onPods, labelSelector: APP_GROUP_LABEL });
  const theirs = {
    /** Every event of a pod would pass it in the API server: it is open only while there are groups that they could be of. */
    podsOfSchedulerPlugins: watchWhileWanted({ ...onPods, labelSelector: `${DIKTYO_GROUP_LABEL},!${APP_GROUP_LABEL}` }),
    groupsOfSchedulerPlugins: watchOptionalResource({
      ...base,
      path: DIKTYO_GROUPS_PATH,
      schema: appGroupOfTheirs,
      onChange: (before, after) => groupChanged('theirs', before, after),
    }),
    topologiesOfSchedulerPlugins: watchOptionalResource({
      ...base,
      path: DIKTYO_TOPOLOGIES_PATH,
      schema: diktyoNetworkTopology,
      onChange: (before, after) => {
        if (!before || !isDeepStrictEqual(before.spec, after?.spec)) network.frameChanged();
      },
    }),
  };
  const caches: Record<string, ResourceCache<unknown>> = { nodes, pods, topologies, slices, appGroups, ...theirs };

  let networkIsMade = false;
  let isStarted = false;
  const placements = new AssumedPlacements();
  const groups = new GroupIndex();
  let tableProblem: string | undefined;
  let frame: NetworkFrame | undefined;
  /** Undefined where they have changed: thousands are not read for a topology's sake. */
  let frameNodes: NetworkFrame['nodes'] | undefined;
  let frameIsWhole = false;
  const network = liveNetwork({
    frame: () => {
      frameIsWhole = [nodes, topologies, slices, theirs.topologiesOfSchedulerPlugins].every((cache) => cache.synced());
      const topology = topologies.list().find(({ metadata }) => metadata.name === DEFAULT_TOPOLOGY);
      const settings = networkSettings({ topology, table: tableOfTheirs(), tableAlone: isNetworkOverhead(config) });
      frameNodes ??= nodes.list().map(topologyNode);
      frame = keptWhereSame(frame, { ...settings, nodes: frameNodes });
      return frame;
    },
    onFramed: () => {
      networkIsMade ||= frameIsWhole;
      announceStart();
    },
    onChanged: () => events.networkChanged(),
  });

  function groupChanged(source: 'own' | 'theirs', before?: AppGroup, after?: AppGroup): void {
    if (source === 'theirs') {
      theirs.podsOfSchedulerPlugins.want(theirs.groupsOfSchedulerPlugins.list().length > 0);
    }
    const isOther = groups.change(source, before, after);
    // The aggregator writes the status of groups whenever their pods move.
    if (!isOther && after) return;
    events.networkChanged();
    announceStart();
  }

  function tableOfTheirs(): CostTable | undefined {
    const { table, problem } = chooseTable(theirs.topologiesOfSchedulerPlugins.list(), config);
    if (problem !== undefined && problem !== tableProblem) {
      logger.warn({ reason: problem }, "scheduler-plugins' costs are not used");
    }
    tableProblem = problem;
    return table;
  }

  function notReady(): string | undefined {
    const waiting = Object.keys(caches).filter((name) => !caches[name]?.synced());
    if (waiting.length > 0) return `waiting for ${waiting.join(', ')}`;
    return networkIsMade ? undefined : 'reading the network';
  }

  function announceStart(): void {
    if (isStarted || notReady() !== undefined) return;
    isStarted = true;
    events.started([...pods.list(), ...theirs.podsOfSchedulerPlugins.list()]);
  }

  return {
    snapshot: () =>
      createSnapshot({
        matrix: network.matrix(),
        keptCosts: network.keptCosts(),
        placed: placements.placed,
        groups: groups.known,
      }),
    assume: (pod, node) => placements.assume(pod, node),
    withdraw: (pod) => placements.withdraw(pod),
    wasSent: (pod) => placements.wasSent(pod),
    nodeNames: () => nodes.list().map(({ metadata }) => metadata.name),
    pod: (namespace, name) => readPod(client, namespace, name),
    notReady,
    invalidObjects: () => Object.values(caches).reduce((sum, cache) => sum + cache.invalid(), 0),
    idleSeconds: () => Object.fromEntries(Object.entries(caches).map(([name, cache]) => [name, cache.idleSeconds()])),
    networkBehindSeconds: () => Math.max(network.behindMs(), sliceTurns.waitedMs()) / 1000,
    stop: async () => {
      network.stop();
      await Promise.all(Object.values(caches).map((cache) => cache.stop()));
    },
  };
}

/** The frame, with the parts of the one before it that say the same. */
function keptWhereSame(before: NetworkFrame | undefined, after: NetworkFrame): NetworkFrame {
  if (before === undefined) return after;
  const kept = <Part>(one: Part, other: Part): Part => (isDeepStrictEqual(one, other) ? one : other);
  return {
    nodes: kept(before.nodes, after.nodes),
    spec: { ...after.spec, probe: kept(before.spec.probe, after.spec.probe) },
    table: kept(before.table, after.table),
    maxima: after.maxima,
  };
}

/** What the link matrix is made of, in a NetworkTopology: its status tells much more, and often. */
function readOf(topology: NetworkTopology | undefined): unknown[] {
  return [topology?.spec, topology?.status?.maxima];
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
