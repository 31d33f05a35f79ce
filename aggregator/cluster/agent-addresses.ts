import type { AddressesOf } from '#aggregator/cluster/cluster-node.ts';
import type { EndpointSlice } from '#core/api/kubernetes.ts';

/** Of each node's agent, from the slices of the agents' Service: the addresses of its ready pod, whatever their family. */
export function agentAddresses(slices: readonly EndpointSlice[]): AddressesOf {
  const addresses = new Map<string, string[]>();
  for (const [node, address] of readyAddresses(slices)) {
    const known = addresses.get(node);
    if (known) known.push(address);
    else addresses.set(node, [address]);
  }
  return ({ metadata }) => addresses.get(metadata.name) ?? [];
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
