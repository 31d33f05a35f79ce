import type { LabNode } from '#lab/lab-file.ts';

// Everything that a lab makes on a machine carries this prefix, so that what is left of it can be found.

export const PREFIX = 'nwl-';
export const STATE_FOLDER = '/run/netaware-lab';
/** Below the cgroup mount of each controller. */
export const CGROUP = 'netaware-lab';
/** Where the lab's own programs are, and below which each pod has its own: only leaves may hold processes. */
export const SERVICES_CGROUP = `${CGROUP}/services`;
export const PODS_CGROUP = `${CGROUP}/pods`;
export const MANAGEMENT_BRIDGE = `${PREFIX}br`;
/** No host can have this name: node names have no underscore. */
export const ROUTER_NAMESPACE = `${PREFIX}_router`;
/** A host's interface on the shaped network, and the one on the management network, inside its namespace. */
export const SHAPED_INTERFACE = 'eth0';
export const MANAGEMENT_INTERFACE = 'mgmt0';

/** Management 10.98.0.0/24, the machine itself at .254; shaped 10.97.0.0/16, a /24 for each host and its pods. */
export const MANAGEMENT_NETWORK = { network: '10.98.0.0', prefixLength: 24, own: '10.98.0.254' } as const;
export const SHAPED_NETWORK = { network: '10.97.0.0', prefixLength: 16 } as const;

export function hostNamespace(node: LabNode): string {
  return `${PREFIX}${node.name}`;
}

/** The end of a host's management link on the machine. */
export function managementPort(node: LabNode): string {
  return `${PREFIX}m${node.index}`;
}

export function managementAddress(node: LabNode): string {
  return `10.98.0.${node.index}`;
}

/** All addresses of a host and its pods on the shaped network: the host has .1, pods those from .10. */
export function shapedPrefix(node: LabNode): string {
  return `10.97.${node.index}.`;
}

export function shapedAddress(node: LabNode): string {
  return `${shapedPrefix(node)}1`;
}
