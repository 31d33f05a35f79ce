import { addressProblem, familyOf, type IpFamily } from '#core/api/ip-address.ts';
import { isReady, type Node } from '#core/api/kubernetes.ts';
import { PROBE_ADDRESS_ANNOTATION } from '#core/api/names.ts';
import { type TopologyNode, topologyNode } from '#core/topology/measured-links.ts';

/** What the aggregator knows of a node. */
export interface ClusterNode extends TopologyNode {
  uid?: string | undefined;
  /** Where it is probed, of the first family that it has; a node without one is not. */
  address?: string | undefined;
  /** Of the other family, where that is probed, too. */
  secondAddress?: string | undefined;
  ready: boolean;
  /** Cordoned: it takes no new pods, so that its links matter to no placement, and is likely to go away. */
  draining: boolean;
}

/** All that is known of where a node could be probed. */
export type AddressesOf = (node: Node) => readonly string[];

/** The nodes sorted by name. */
export function clusterNodes(
  nodes: readonly Node[],
  families: readonly IpFamily[],
  addressesOf: AddressesOf = ownAddresses,
): ClusterNode[] {
  return nodes.map((node) => clusterNode(node, families, addressesOf)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Where the agent of one node reaches another: at the address of the first family that both have, if there is one. */
export function addressBetween(origin: ClusterNode, destination: ClusterNode): string | undefined {
  const families = addressesIn(origin).map(familyOf);
  return addressesIn(destination).find((address) => families.includes(familyOf(address)));
}

/** Only these are probed. */
export function isProbed(node: ClusterNode): node is ClusterNode & { address: string } {
  return node.ready && !node.draining && node.address !== undefined;
}

function addressesIn({ address, secondAddress }: ClusterNode): string[] {
  return [address, secondAddress].filter((each) => each !== undefined);
}

function clusterNode(node: Node, families: readonly IpFamily[], addressesOf: AddressesOf): ClusterNode {
  const usable = addressesOf(node).filter((address) => addressProblem(address) === undefined);
  const [address, secondAddress] = families
    .map((family) => usable.find((each) => familyOf(each) === family))
    .filter((each) => each !== undefined);
  return {
    ...topologyNode(node),
    uid: node.metadata.uid,
    address,
    ...(secondAddress === undefined ? {} : { secondAddress }),
    ready: isReady(node),
    draining: node.spec?.unschedulable === true,
  };
}

/** Those in the annotation (several with commas between them), else the InternalIPs. */
export function ownAddresses(node: Node): string[] {
  const annotated = node.metadata.annotations?.[PROBE_ADDRESS_ANNOTATION]?.split(',').map((text) => text.trim());
  if (annotated?.some((text) => text !== '')) return annotated;
  const all = node.status?.addresses ?? [];
  return all.flatMap(({ type, address }) => (type === 'InternalIP' ? address : []));
}
