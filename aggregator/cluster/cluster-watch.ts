import type { KubernetesObject } from '@kubernetes/client-node';
import { agentAddresses } from '#aggregator/cluster/agent-addresses.ts';
import { type ClusterNode, clusterNodes, ownAddresses } from '#aggregator/cluster/cluster-node.ts';
import { trimNode } from '#aggregator/cluster/trim-node.ts';
import type { NamespacedName } from '#aggregator/config.ts';
import { NETWORK_TOPOLOGY, NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import { endpointSlice, type Node, node } from '#core/api/kubernetes.ts';
import { DEFAULT_TOPOLOGY } from '#core/api/names.ts';
import { type NetworkTopology, networkTopology, type ProbeSettings } from '#core/api/network-topology.ts';
import { type NetworkTopologySlice, networkTopologySlice } from '#core/api/network-topology-slice.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { type ResourceCache, watchResource } from '#runtime/kubernetes/resource-cache.ts';
import type { Logger } from '#runtime/logger.ts';

/** What the aggregator reads from the API server, kept current by watches. */
export interface ClusterWatch {
  /** With addresses of the network and the families that are to be probed. */
  nodes(probe: ProbeSettings): ClusterNode[];
  /** The same as the API server has them. */
  nodeObjects(): Node[];
  /** The NetworkTopology `default`, where there is a valid one. */
  topology(): NetworkTopology | undefined;
  /** What the API server has of an earlier process. From then on links are no longer kept: they are this process's own. */
  takeSlices(): NetworkTopologySlice[];
  sliceNames(): string[];
  /** What was not listed yet, not even once; undefined when all was. */
  waitingFor(): string | undefined;
  /** Objects that were refused because they are not valid. */
  invalidObjects(): number;
  stop(): Promise<void>;
}

export interface ClusterEvents {
  /** Nodes, the agents' addresses or the NetworkTopology changed. */
  clusterChanged(): void;
  slicesChanged(): void;
}

/** Nodes tell every few seconds that they are alive: changes are gathered for this long. */
const GATHER_MS = 100;

/**
 * Calls both events as soon as everything was listed once, and none before; then once for a burst of changes. Where the pod
 * network is to be probed, nodes are at the endpoints of the `agentService`, which are the agents' pods; where there is no
 * such Service, or the host network is to be probed, at addresses of their own.
 */
export function watchCluster(
  client: KubernetesClient,
  agentService: NamespacedName | undefined,
  logger: Logger,
  events: ClusterEvents,
): ClusterWatch {
  const listed = new Set<string>();
  const pending = new Set<keyof ClusterEvents>();
  let timer: NodeJS.Timeout | undefined;

  function announce(event: keyof ClusterEvents): void {
    pending.add(event);
    timer ??= setTimeout(deliver, GATHER_MS);
  }

  function deliver(): void {
    timer = undefined;
    for (const [name, cache] of Object.entries(caches)) if (cache.synced()) listed.add(name);
    if (waitingFor() !== undefined) return;
    const delivered = [...pending];
    pending.clear();
    for (const event of delivered) events[event]();
  }

  function waitingFor(): string | undefined {
    const missing = Object.keys(caches).filter((name) => !listed.has(name));
    return missing.length === 0 ? undefined : `waiting for the list of ${missing.join(', ')}`;
  }

  const base = { client, logger };
  const onCluster = { ...base, onChange: () => announce('clusterChanged') };
  const onSlices = { ...base, onChange: () => announce('slicesChanged') };
  const paths = { topologies: resourcePath(NETWORK_TOPOLOGY), slices: resourcePath(NETWORK_TOPOLOGY_SLICE) };
  const nodes = watchResource({ ...onCluster, path: '/api/v1/nodes', schema: node, trim: trimNode });
  const topologies = watchResource({ ...onCluster, path: paths.topologies, schema: networkTopology });
  let areTaken = false;
  const slices = watchResource({
    ...onSlices,
    path: paths.slices,
    schema: networkTopologySlice,
    trim: (slice) => (areTaken ? withoutLinks(slice) : slice),
  });
  const endpoints =
    agentService && watchResource({ ...onCluster, ...endpointsOf(agentService), schema: endpointSlice });
  const caches: Record<string, ResourceCache<unknown>> = {
    nodes,
    topologies,
    slices,
    ...(endpoints === undefined ? {} : { endpoints }),
  };

  return {
    nodes: ({ network, ipFamilies }) =>
      clusterNodes(
        nodes.list(),
        ipFamilies,
        network === 'Host' || endpoints === undefined ? ownAddresses : agentAddresses(endpoints.list()),
      ),
    nodeObjects: nodes.list,
    topology: () => topologies.list().find(({ metadata }) => metadata.name === DEFAULT_TOPOLOGY),
    takeSlices: () => {
      areTaken = true;
      return slices.list();
    },
    sliceNames: () => slices.list().map(({ metadata }) => metadata.name),
    waitingFor,
    invalidObjects: () => Object.values(caches).reduce((sum, cache) => sum + cache.invalid(), 0),
    stop: async () => {
      clearTimeout(timer);
      await Promise.all(Object.values(caches).map((cache) => cache.stop()));
    },
  };
}

/** Still valid; of 5,000 slices that are written again and again all the rest would be 100 MB. */
function withoutLinks({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const { name, resourceVersion } = metadata ?? {};
  const identity = {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
  return Object.assign(identity, { origin: name, links: [] });
}

function endpointsOf({ namespace, name }: NamespacedName): { path: string; labelSelector: string } {
  return {
    path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    labelSelector: `kubernetes.io/service-name=${name}`,
  };
}
