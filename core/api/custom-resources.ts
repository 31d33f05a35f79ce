import type { z } from 'zod';
import { appGroupSpec, appGroupStatus } from '#core/api/app-group.ts';
import { GROUP, VERSION } from '#core/api/names.ts';
import { networkTopologySpec, networkTopologyStatus } from '#core/api/network-topology.ts';
import { networkTopologySliceFields } from '#core/api/network-topology-slice.ts';

export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'date';
  jsonPath: string;
  description?: string;
}

/** All that a CustomResourceDefinition says of a resource, beside its schema's derivation. */
export interface CustomResource {
  kind: string;
  plural: string;
  shortName: string;
  scope: 'Cluster' | 'Namespaced';
  description: string;
  /** Top-level fields beside apiVersion, kind and metadata. */
  properties: Record<string, z.ZodType>;
  required: string[];
  printerColumns: PrinterColumn[];
}

const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

export const NETWORK_TOPOLOGY: CustomResource = {
  kind: 'NetworkTopology',
  plural: 'networktopologies',
  shortName: 'nt',
  scope: 'Cluster',
  description: 'How the network between the nodes is measured and weighed, and what it looks like as a whole.',
  properties: { spec: networkTopologySpec, status: networkTopologyStatus },
  required: [],
  printerColumns: [
    { name: 'Nodes', type: 'integer', jsonPath: '.status.nodes' },
    { name: 'Links', type: 'integer', jsonPath: '.status.measuredLinks' },
    { name: 'Coverage', type: 'integer', jsonPath: '.status.coveragePercent', description: 'Percent of planned links' },
    { name: 'Updated', type: 'date', jsonPath: '.status.lastUpdateTime' },
    AGE,
  ],
};

export const NETWORK_TOPOLOGY_SLICE: CustomResource = {
  kind: 'NetworkTopologySlice',
  plural: 'networktopologyslices',
  shortName: 'nts',
  scope: 'Cluster',
  description: 'What one node, the origin, measured to others. Named like the node and owned by it.',
  properties: networkTopologySliceFields.shape,
  required: ['origin', 'links'],
  printerColumns: [
    { name: 'Origin', type: 'string', jsonPath: '.origin' },
    { name: 'Zone', type: 'string', jsonPath: '.zone' },
    { name: 'Region', type: 'string', jsonPath: '.region' },
    AGE,
  ],
};

export const APP_GROUP: CustomResource = {
  kind: 'AppGroup',
  plural: 'appgroups',
  shortName: 'ag',
  scope: 'Namespaced',
  description: 'Workloads that talk to each other, and how much.',
  properties: { spec: appGroupSpec, status: appGroupStatus },
  required: ['spec'],
  printerColumns: [
    { name: 'Ordering', type: 'string', jsonPath: '.spec.ordering' },
    { name: 'Requirements', type: 'string', jsonPath: '.spec.requirements' },
    { name: 'Valid', type: 'string', jsonPath: '.status.conditions[?(@.type=="Valid")].status' },
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
