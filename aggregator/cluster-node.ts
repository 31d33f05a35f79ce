import { isReady, type Node } from '#core/api/kubernetes.ts';
import { PROBE_ADDRESS_ANNOTATION } from '#core/api/names.ts';
import { type TopologyNode, topologyNode } from '#core/topology/measured-links.ts';

/** What the aggregator knows of a node. */
export interface ClusterNode extends TopologyNode {
  uid?: string | undefined;
  /** Where it is probed; a node without one is not. */
  address?: string | undefined;
  ready: boolean;
  /** Cordoned: it takes no new pods, so that its links matter to no placement, and is likely to go away. */
  draining: boolean;
}

/** Where a node is probed, if it can be. */
export type AddressOf = (node: Node) => string | undefined;

/** The nodes sorted by name. */
export function clusterNodes(nodes: readonly Node[], addressOf: AddressOf = ownAddress): ClusterNode[] {
  return nodes.map((node) => clusterNode(node, addressOf)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Only these are probed. */
export function isProbed(node: ClusterNode): node is ClusterNode & { address: string } {
  return node.ready && !node.draining && node.address !== undefined;
}

function clusterNode(node: Node, addressOf: AddressOf): ClusterNode {
  return {
    ...topologyNode(node),
    uid: node.metadata.uid,
    address: addressOf(node),
    ready: isReady(node),
    draining: node.spec?.unschedulable === true,
  };
}

/** The one in the annotation, else the InternalIP. */
export function ownAddress(node: Node): string | undefined {
  const internal = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  // An empty one is none: it would make the plans of all nodes that probe this one invalid.
  return node.metadata.annotations?.[PROBE_ADDRESS_ANNOTATION] || internal || undefined;
}
