import { type ClusterNode, isProbed } from '#aggregator/cluster/cluster-node.ts';
import type { Verdict } from '#core/api/condition.ts';
import { familyOf, type IpFamily } from '#core/api/ip-address.ts';
import type { ProbeSettings } from '#core/api/network-topology.ts';

const TYPE = 'Addressed';
const NAMED = 3;

/** Whether every ready node can be probed, and from every other. */
export function addressedCondition(nodes: readonly ClusterNode[], probe: ProbeSettings): Verdict {
  const ready = nodes.filter((node) => node.ready);
  const without = ready.filter((node) => node.address === undefined);
  if (without.length > 0) {
    const what = `${probe.ipFamilies.join(' or ')} address ${probe.network === 'Pod' ? "of an agent's pod" : 'of their own'}`;
    return no('AddressesMissing', `${without.length} of ${ready.length} ready nodes have no ${what}: ${list(without)}`);
  }
  const [onlyIpv4, onlyIpv6] = (['IPv4', 'IPv6'] as const).map((family) => ready.filter(has(family)));
  if (onlyIpv4?.length && onlyIpv6?.length) {
    const message = `links between nodes with IPv4 alone (${list(onlyIpv4)}) and IPv6 alone (${list(onlyIpv6)}) are not probed`;
    return no('NoFamilyInCommon', message);
  }
  return { type: TYPE, status: 'True', reason: 'AllNodesAddressed', message: 'every ready node can be probed' };
}

function has(family: IpFamily): (node: ClusterNode) => boolean {
  return (node) => isProbed(node) && node.secondAddress === undefined && familyOf(node.address) === family;
}

function no(reason: string, message: string): Verdict {
  return { type: TYPE, status: 'False', reason, message };
}

function list(nodes: readonly ClusterNode[]): string {
  const names = nodes.slice(0, NAMED).map(({ name }) => name);
  const more = nodes.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}
