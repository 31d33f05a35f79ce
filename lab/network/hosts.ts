import { mkdir, writeFile } from 'node:fs/promises';
import { run } from '#lab/command.ts';
import type { LabNode, LabPlan } from '#lab/lab-file.ts';
import {
  hostNamespace,
  MANAGEMENT_BRIDGE,
  MANAGEMENT_INTERFACE,
  MANAGEMENT_NETWORK,
  managementAddress,
  managementPort,
  ROUTER_NAMESPACE,
  SHAPED_INTERFACE,
  SHAPED_NETWORK,
  shapedAddress,
  shapedPrefix,
} from '#lab/names.ts';

/** A router's port towards a host is `${ROUTER_PORT}${host.index}`, in the router's namespace. */
export const ROUTER_PORT = 'v';

/**
 * Makes a namespace for each host with its two interfaces, the management bridge on the machine, and the router's
 * namespace with a loose port for each host. The hosts' shaped interfaces are up; the router joins the ports.
 */
export async function makeHosts(plan: LabPlan, congestionControl: string): Promise<void> {
  await ipBatch([
    `netns add ${ROUTER_NAMESPACE}`,
    `link add ${MANAGEMENT_BRIDGE} type bridge`,
    `addr add ${MANAGEMENT_NETWORK.own}/${MANAGEMENT_NETWORK.prefixLength} dev ${MANAGEMENT_BRIDGE}`,
    `link set ${MANAGEMENT_BRIDGE} up`,
    ...plan.nodes.flatMap(hostLines),
  ]);
  await Promise.all(plan.nodes.map((node) => configureHost(node, plan.mtu, congestionControl)));
  // Reached over management, the pods are as near from the machine as the hosts are: a load from there is not shaped.
  await ipBatch(
    plan.nodes.map(
      (node) => `route add ${shapedPrefix(node)}0/24 via ${managementAddress(node)} dev ${MANAGEMENT_BRIDGE}`,
    ),
  );
}

export async function ipBatch(lines: readonly string[], namespace?: string): Promise<void> {
  const inNamespace = namespace === undefined ? [] : ['-netns', namespace];
  await run('ip', [...inNamespace, '-batch', '-'], `${lines.join('\n')}\n`);
}

function hostLines(node: LabNode): string[] {
  const namespace = hostNamespace(node);
  return [
    `netns add ${namespace}`,
    `link add ${managementPort(node)} type veth peer name ${MANAGEMENT_INTERFACE} netns ${namespace}`,
    `link set ${managementPort(node)} master ${MANAGEMENT_BRIDGE} up`,
    `link add ${SHAPED_INTERFACE} netns ${namespace} type veth peer name ${ROUTER_PORT}${node.index} netns ${ROUTER_NAMESPACE}`,
  ];
}

async function configureHost(node: LabNode, mtu: number, congestionControl: string): Promise<void> {
  const namespace = hostNamespace(node);
  await makeHostsFile(namespace);
  await run('ip', ['netns', 'exec', namespace, 'sh', '-ec', HOST_SETTINGS, 'sh', congestionControl]);
  await ipBatch(
    [
      'link set lo up',
      `addr add ${managementAddress(node)}/${MANAGEMENT_NETWORK.prefixLength} dev ${MANAGEMENT_INTERFACE}`,
      `link set ${MANAGEMENT_INTERFACE} up`,
      `addr add ${shapedAddress(node)}/${SHAPED_NETWORK.prefixLength} dev ${SHAPED_INTERFACE}`,
      `link set ${SHAPED_INTERFACE} mtu ${mtu} up`,
    ],
    namespace,
  );
}

/**
 * No stray IPv6 traffic; ping without privileges, as in a pod; every packet on the wire as it is counted by netem, not
 * several in one as offloading makes them.
 */
const HOST_SETTINGS = `
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range
echo "$1" >/proc/sys/net/ipv4/tcp_congestion_control
ethtool -K ${SHAPED_INTERFACE} tx off tso off gso off gro off >/dev/null
`;

/** `ip netns exec` mounts the files in this folder over those in /etc: the pods' names live there. */
async function makeHostsFile(namespace: string): Promise<void> {
  await mkdir(`/etc/netns/${namespace}`, { recursive: true });
  await writeFile(hostsFile(namespace), '127.0.0.1 localhost\n');
}

export function hostsFile(namespace: string): string {
  return `/etc/netns/${namespace}/hosts`;
}
