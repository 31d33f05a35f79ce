import { node } from '#core/api/kubernetes.ts';
import { type KubeObject, objectOrEmpty } from '#lab/control-plane/api-server/kube-object.ts';
import { builtInListShape } from '#lab/control-plane/api-server/patch/list-shape.ts';
import type { ResourceType } from '#lab/control-plane/api-server/resource-type.ts';
import { checkFieldTypes } from '#lab/control-plane/api-server/resources/decode.ts';
import { admitDefinition } from '#lab/control-plane/api-server/resources/definitions.ts';
import { admitPodCreate, admitPodUpdate } from '#lab/control-plane/api-server/resources/pods.ts';
import {
  CONFIG_MAP_COLUMNS,
  DEFINITION_COLUMNS,
  ENDPOINT_SLICE_COLUMNS,
  EVENT_COLUMNS,
  LEASE_COLUMNS,
  NAMESPACE_COLUMNS,
  NODE_COLUMNS,
  POD_COLUMNS,
  SERVICE_COLUMNS,
} from '#lab/control-plane/api-server/table/built-in-columns.ts';
import { AGE, NAME } from '#lab/control-plane/api-server/table/table.ts';

type Described = Pick<ResourceType, 'kind' | 'plural' | 'shortNames' | 'namespaced'> & Partial<ResourceType>;

export const NAMESPACES = builtIn({
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  hasStatus: true,
  selectableFields: ['status.phase'],
  columns: NAMESPACE_COLUMNS,
  admitCreate: admitNamespace,
});

export const NODES = builtIn({
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  hasStatus: true,
  columns: NODE_COLUMNS,
  admitCreate: admitNode,
  admitUpdate: admitNode,
});

export const PODS = builtIn({
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  hasGeneration: true,
  selectableFields: ['spec.nodeName', 'spec.schedulerName', 'spec.restartPolicy', 'status.phase', 'status.podIP'],
  columns: POD_COLUMNS,
  admitCreate: admitPodCreate,
  admitUpdate: admitPodUpdate,
});

export const EVENTS = builtIn({
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  selectableFields: [
    'involvedObject.apiVersion',
    'involvedObject.fieldPath',
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.resourceVersion',
    'involvedObject.uid',
    'reason',
    'type',
  ],
  columns: EVENT_COLUMNS,
});

export const DEFINITIONS = builtIn({
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  namespaced: false,
  hasStatus: true,
  hasGeneration: true,
  columns: DEFINITION_COLUMNS,
  admitCreate: (object) => admitDefinition({ ...object, status: undefined }),
  admitUpdate: admitDefinition,
});

export const BUILT_IN_TYPES: readonly ResourceType[] = [
  NAMESPACES,
  NODES,
  PODS,
  EVENTS,
  builtIn({
    kind: 'Service',
    plural: 'services',
    shortNames: ['svc'],
    categories: ['all'],
    namespaced: true,
    hasStatus: true,
    columns: SERVICE_COLUMNS,
    admitCreate: (object) => ({ ...object, spec: { type: 'ClusterIP', ...objectOrEmpty(object.spec) } }),
  }),
  builtIn({
    kind: 'ConfigMap',
    plural: 'configmaps',
    shortNames: ['cm'],
    namespaced: true,
    columns: CONFIG_MAP_COLUMNS,
  }),
  builtIn({ kind: 'ServiceAccount', plural: 'serviceaccounts', shortNames: ['sa'], namespaced: true }),
  builtIn({
    group: 'coordination.k8s.io',
    kind: 'Lease',
    plural: 'leases',
    shortNames: [],
    namespaced: true,
    columns: LEASE_COLUMNS,
  }),
  builtIn({
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    shortNames: [],
    namespaced: true,
    columns: ENDPOINT_SLICE_COLUMNS,
  }),
  DEFINITIONS,
];

function builtIn(described: Described): ResourceType {
  return {
    group: '',
    version: 'v1',
    singular: described.kind.toLowerCase(),
    categories: [],
    hasStatus: false,
    hasGeneration: false,
    custom: false,
    selectableFields: [],
    columns: [NAME, AGE],
    listShape: builtInListShape,
    openApiSchema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    admitCreate: (object) => object,
    admitUpdate: (next) => next,
    ...described,
  };
}

function admitNamespace(object: KubeObject): KubeObject {
  const labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
  return {
    ...object,
    metadata: { ...object.metadata, labels },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

/** Allocatable is the capacity where it is not given. */
function admitNode(object: KubeObject): KubeObject {
  checkFieldTypes(object, node);
  const status = objectOrEmpty(object.status);
  const allocatable = status.allocatable ?? status.capacity;
  return {
    ...object,
    spec: objectOrEmpty(object.spec),
    status: allocatable === undefined ? status : { ...status, allocatable },
  };
}
