import type { AddressOf } from '#aggregator/cluster-node.ts';
import type { EndpointSlice } from '#core/api/kubernetes.ts';

/** The third type, FQDN, has names, which are not pinged. */
const PREFERRED_TYPES = ['IPv4', 'IPv6'];

/** The address of each node's agent, from the slices of the agents' Service: of its ready pod, IPv4 where there is one. */
export function agentAddresses(slices: readonly EndpointSlice[]): AddressOf {
  const addresses = new Map<string, string>();
  for (const type of PREFERRED_TYPES) {
    const ofType = slices.filter(({ addressType }) => addressType === type);
    for (const [node, address] of readyAddresses(ofType)) if (!addresses.has(node)) addresses.set(node, address);
  }
  return ({ metadata }) => addresses.get(metadata.name);
}

/** Sorted: while an agent is replaced two may be ready, and the plans must not change with the order of a list. */
function readyAddresses(slices: readonly EndpointSlice[]): [node: string, address: string][] {
  return (
    slices
      .flatMap(({ endpoints }) => endpoints ?? [])
      // Where no readiness is told, Kubernetes means ready.
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ nodeName, addresses: [address] }): [string, string][] =>
        nodeName && address !== undefined ? [[nodeName, address]] : [],
      )
      .toSorted(([, a], [, b]) => (a < b ? -1 : 1))
  );
}
