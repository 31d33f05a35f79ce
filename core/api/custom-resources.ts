import type { z } from 'zod';
import { appGroup } from '#core/api/app-group.ts';
import { GROUP, VERSION } from '#core/api/names.ts';
import { networkTopology } from '#core/api/network-topology.ts';
import { networkTopologySlice } from '#core/api/network-topology-slice.ts';

export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'date';
  jsonPath: string;
  description: string;
  /** 1: only in wide output. */
  priority?: 1;
}

/** All that a CustomResourceDefinition says of a resource, beside its schema's derivation. */
export interface CustomResource {
  kind: string;
  plural: string;
  shortName: string;
  scope: 'Cluster' | 'Namespaced';
  /** Of the whole object. */
  schema: z.ZodObject;
  printerColumns: PrinterColumn[];
}

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since the object was created.',
};

export const NETWORK_TOPOLOGY: CustomResource = {
  kind: 'NetworkTopology',
  plural: 'networktopologies',
  shortName: 'nt',
  scope: 'Cluster',
  schema: networkTopology,
  printerColumns: [
    column('Nodes', 'integer', '.status.nodes', 'Nodes that are ready.'),
    column('Links', 'integer', '.status.measuredLinks', 'Links that are measured.'),
    column('Coverage', 'integer', '.status.coveragePercent', 'Planned links that are measured, in percent.'),
    wideColumn('Max RTT', 'integer', '.status.maxima.rttMicroseconds', 'RTT of cost 1, in microseconds.'),
    wideColumn('Latency', 'integer', '.spec.weights.latency', 'What RTT counts in the cost of a link, in percent.'),
    wideColumn('Bandwidth', 'integer', '.spec.weights.bandwidth', 'What bandwidth counts, in percent.'),
    wideColumn('Loss', 'integer', '.spec.weights.loss', 'What loss counts, in percent.'),
    wideColumn('Measured', 'string', conditionPath('Measured'), 'Whether every planned link has a fresh RTT.'),
    column('Updated', 'date', '.status.lastUpdateTime', 'Time since the status was written.'),
    AGE,
  ],
};

export const NETWORK_TOPOLOGY_SLICE: CustomResource = {
  kind: 'NetworkTopologySlice',
  plural: 'networktopologyslices',
  shortName: 'nts',
  scope: 'Cluster',
  schema: networkTopologySlice,
  printerColumns: [
    column('Zone', 'string', '.zone', 'Zone of the origin.'),
    column('Region', 'string', '.region', 'Region of the origin.'),
    AGE,
  ],
};

export const APP_GROUP: CustomResource = {
  kind: 'AppGroup',
  plural: 'appgroups',
  shortName: 'ag',
  scope: 'Namespaced',
  schema: appGroup,
  printerColumns: [
    column('Ordering', 'string', '.spec.ordering', 'Which workload is placed first.'),
    column('Requirements', 'string', '.spec.requirements', 'Which of its limits a node must keep.'),
    column('Valid', 'string', conditionPath('Valid'), 'Whether the spec can be followed.'),
    AGE,
  ],
};

export const CUSTOM_RESOURCES: readonly CustomResource[] = [NETWORK_TOPOLOGY, NETWORK_TOPOLOGY_SLICE, APP_GROUP];

/** `networktopologies.netaware.io` and the like. */
export function definitionName(resource: CustomResource): string {
  return `${resource.plural}.${GROUP}`;
}

/** URL path of the collection; of the objects in all namespaces where none is given. */
export function resourcePath(resource: CustomResource, namespace?: string): string {
  const base = `/apis/${GROUP}/${VERSION}`;
  return namespace === undefined ? `${base}/${resource.plural}` : `${base}/namespaces/${namespace}/${resource.plural}`;
}

function column(name: string, type: PrinterColumn['type'], jsonPath: string, description: string): PrinterColumn {
  return { name, type, jsonPath, description };
}

function wideColumn(...shown: Parameters<typeof column>): PrinterColumn {
  return { ...column(...shown), priority: 1 };
}

function conditionPath(type: string): string {
  return `.status.conditions[?(@.type=="${type}")].status`;
}
