export const GROUP = 'netaware.io';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Labels on a pod (in its workload's pod template) that name its AppGroup, in its own namespace, and its workload. */
export const APP_GROUP_LABEL = `${GROUP}/app-group`;
export const WORKLOAD_LABEL = `${GROUP}/workload`;

/** The address that agents probe, where it is not the node's InternalIP. */
export const PROBE_ADDRESS_ANNOTATION = `${GROUP}/probe-address`;

export const SCHEDULER_NAME = 'netaware-scheduler';

/** The one NetworkTopology of a cluster. */
export const DEFAULT_TOPOLOGY = 'default';
