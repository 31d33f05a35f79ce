export const GROUP = 'netaware.io';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Labels on a pod (in its workload's pod template) that name its AppGroup, in its own namespace, and its workload. */
export const APP_GROUP_LABEL = `${GROUP}/app-group`;
export const WORKLOAD_LABEL = `${GROUP}/workload`;

/** The address that agents probe, where it is not the node's InternalIP; one of each family with a comma between them. */
export const PROBE_ADDRESS_ANNOTATION = `${GROUP}/probe-address`;

/**
 * On a node, when the network changed so that a pod might fit there which limits had rejected (RFC 3339). It says nothing of
 * the node: changing it makes kube-scheduler try rejected pods again.
 */
export const NETWORK_CHANGED_ANNOTATION = `${GROUP}/network-changed-at`;

/** The scheduling gate of a pod that waits for the workloads before its own. */
export const ORDERED_GATE = `${GROUP}/ordered`;

export const SCHEDULER_NAME = 'netaware-scheduler';

/** The one NetworkTopology of a cluster. */
export const DEFAULT_TOPOLOGY = 'default';
