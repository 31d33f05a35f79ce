import { z } from 'zod';
import * as field from '#core/api/fields.ts';
import { objectMeta } from '#core/api/kubernetes.ts';
import { API_VERSION } from '#core/api/names.ts';
import { condition } from '#core/api/network-topology.ts';
import { quantity } from '#core/api/quantity.ts';

export const ordering = z.enum([
  'Traffic',
  'Kahn',
  'Tarjan',
  'ReverseKahn',
  'ReverseTarjan',
  'AlternateKahn',
  'AlternateTarjan',
  'None',
]);

export const requirements = z.enum(['Majority', 'All', 'Any']);
export type Requirements = z.infer<typeof requirements>;

export const dependency = z
  .object({
    name: field.workloadName.describe('The workload that is called.'),
    weight: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .default(1)
      .describe('How much traffic it carries, relative to the other dependencies of the group.'),
    maxLatencyMicroseconds: z.int().min(1).max(field.MICROSECONDS_LIMIT).optional(),
    minBandwidth: quantity.optional().describe('Bits per second, as a quantity such as 20M.'),
    maxLossPartsPerMillion: field.lossPartsPerMillion.optional(),
    maxNetworkCost: z.int().min(0).max(100).optional().describe('Cost of a link in parts per hundred.'),
  })
  .describe('A call from the workload to another of the group.');
export type Dependency = z.infer<typeof dependency>;

export const workload = z.object({
  name: field.workloadName,
  workloadRef: z
    .object({ apiVersion: z.string().min(1), kind: z.string().min(1), name: z.string().min(1).max(253) })
    .optional(),
  dependencies: z.array(dependency).max(200).default([]),
});

export const appGroupSpec = z.object({
  ordering: ordering.default('Traffic'),
  requirements: requirements
    .default('Majority')
    .describe('How many of the limits of its links a node must keep to be considered.'),
  workloads: z.array(workload).min(1).max(200),
});
export type AppGroupSpec = z.infer<typeof appGroupSpec>;

export const appGroupStatus = z.object({
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).optional(),
  scheduleOrder: z.array(z.object({ workload: z.string(), index: z.int().min(1) })).optional(),
  workloads: z.array(z.object({ name: z.string(), replicas: z.int().min(0), nodes: z.array(z.string()) })).optional(),
});

/** Workloads that talk to each other. Namespaced. */
export const appGroup = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('AppGroup'),
  metadata: objectMeta,
  spec: appGroupSpec,
  status: appGroupStatus.optional(),
});
export type AppGroup = z.infer<typeof appGroup>;
