import {
  fieldAt,
  isObject,
  type JsonObject,
  type KubeObject,
  objectOrEmpty,
} from '#lab/control-plane/api-server/kube-object.ts';
import { ageOf } from '#lab/control-plane/api-server/table/human-duration.ts';
import { AGE, type Column, NAME } from '#lab/control-plane/api-server/table/table.ts';

const NONE = '<none>';

export const NAMESPACE_COLUMNS: readonly Column[] = [NAME, field('Status', 'status.phase'), AGE];

export const NODE_COLUMNS: readonly Column[] = [
  NAME,
  column('Status', nodeStatus),
  column('Roles', nodeRoles),
  AGE,
  field('Version', 'status.nodeInfo.kubeletVersion'),
  wide(column('Internal-IP', (node) => nodeAddress(node, 'InternalIP'))),
  wide(column('External-IP', (node) => nodeAddress(node, 'ExternalIP'))),
  wide(field('OS-Image', 'status.nodeInfo.osImage', '<unknown>')),
  wide(field('Kernel-Version', 'status.nodeInfo.kernelVersion', '<unknown>')),
  wide(field('Container-Runtime', 'status.nodeInfo.containerRuntimeVersion', '<unknown>')),
];

export const POD_COLUMNS: readonly Column[] = [
  NAME,
  column('Ready', podReady),
  column('Status', podStatus),
  column('Restarts', (pod) => String(sum(containerStatuses(pod).map(({ restartCount }) => Number(restartCount ?? 0))))),
  AGE,
  wide(field('IP', 'status.podIP', NONE)),
  wide(field('Node', 'spec.nodeName', NONE)),
  wide(field('Nominated Node', 'status.nominatedNodeName', NONE)),
  wide(column('Readiness Gates', () => NONE)),
];

export const EVENT_COLUMNS: readonly Column[] = [
  {
    ...column('Last Seen', () => ''),
    cell: (event, now) => ageOf(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp, now),
  },
  field('Type', 'type'),
  field('Reason', 'reason'),
  column('Object', ({ involvedObject }) => {
    const { kind, name } = objectOrEmpty(involvedObject);
    return `${String(kind).toLowerCase()}/${name}`;
  }),
  wide(field('Subobject', 'involvedObject.fieldPath')),
  wide(field('Source', 'source.component')),
  field('Message', 'message'),
  wide({ ...column('First Seen', () => ''), cell: (event, now) => ageOf(event.firstTimestamp, now) }),
  wide(field('Count', 'count')),
  wide(NAME),
];

export const SERVICE_COLUMNS: readonly Column[] = [
  NAME,
  field('Type', 'spec.type'),
  field('Cluster-IP', 'spec.clusterIP', NONE),
  column('External-IP', () => NONE),
  column('Port(s)', (service) => {
    const ports = objects(fieldAt(service, 'spec.ports'));
    return ports.length === 0 ? NONE : ports.map(({ port, protocol }) => `${port}/${protocol ?? 'TCP'}`).join(',');
  }),
  AGE,
];

export const CONFIG_MAP_COLUMNS: readonly Column[] = [
  NAME,
  column(
    'Data',
    ({ data, binaryData }) => Object.keys({ ...objectOrEmpty(data), ...objectOrEmpty(binaryData) }).length,
  ),
  AGE,
];

export const ENDPOINT_SLICE_COLUMNS: readonly Column[] = [
  NAME,
  field('AddressType', 'addressType'),
  column('Ports', ({ ports }) => listed(objects(ports).map(({ port }) => port))),
  column('Endpoints', ({ endpoints }) => listed(objects(endpoints).flatMap(({ addresses }) => addresses))),
  AGE,
];

export const LEASE_COLUMNS: readonly Column[] = [NAME, field('Holder', 'spec.holderIdentity'), AGE];

export const DEFINITION_COLUMNS: readonly Column[] = [NAME, field('Created At', 'metadata.creationTimestamp')];

function column(name: string, cell: (object: KubeObject) => unknown): Column {
  return { name, type: 'string', description: name, priority: 0, cell };
}

function field(name: string, path: string, otherwise = ''): Column {
  return column(name, (object) => fieldAt(object, path) ?? otherwise);
}

function wide(shown: Column): Column {
  return { ...shown, priority: 1 };
}

function nodeStatus(node: KubeObject): string {
  const ready = objects(fieldAt(node, 'status.conditions')).find(({ type }) => type === 'Ready');
  const readiness = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return fieldAt(node, 'spec.unschedulable') === true ? `${readiness},SchedulingDisabled` : readiness;
}

function nodeRoles({ metadata }: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
  return roles.map((label) => label.slice(prefix.length)).join(',') || NONE;
}

function nodeAddress(node: KubeObject, type: string): unknown {
  return objects(fieldAt(node, 'status.addresses')).find((address) => address.type === type)?.address ?? NONE;
}

function podReady(pod: KubeObject): string {
  const ready = containerStatuses(pod).filter((status) => status.ready === true).length;
  return `${ready}/${objects(fieldAt(pod, 'spec.containers')).length}`;
}

function podStatus(pod: KubeObject): unknown {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const states = containerStatuses(pod).map(({ state }) => objectOrEmpty(state));
  const reasons = states
    .flatMap(({ waiting, terminated }) => [waiting, terminated])
    .map((state) => objectOrEmpty(state).reason);
  const gated = objects(fieldAt(pod, 'status.conditions')).find(({ reason }) => reason === 'SchedulingGated');
  const waits = gated !== undefined && fieldAt(pod, 'spec.nodeName') === undefined;
  const shown = reasons.find((reason) => reason !== undefined) ?? fieldAt(pod, 'status.reason');
  return shown ?? (waits ? 'SchedulingGated' : fieldAt(pod, 'status.phase'));
}

function containerStatuses(pod: KubeObject): JsonObject[] {
  return objects(fieldAt(pod, 'status.containerStatuses'));
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function listed(values: unknown[]): string {
  return values.length === 0 ? '<unset>' : values.join(',');
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
