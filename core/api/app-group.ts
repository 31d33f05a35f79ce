import { z } from 'zod';
import { dependsOnKnownWorkloads, dependsOnOthers, isPositiveQuantity } from '#core/api/app-group-rules.ts';
import { conditions } from '#core/api/condition.ts';
import * as field from '#core/api/fields.ts';
import { objectMeta } from '#core/api/kubernetes.ts';
import { atomicList, listMap, writtenAsWhole } from '#core/api/lists.ts';
import { API_VERSION } from '#core/api/names.ts';
import { withRules } from '#core/api/rules.ts';

const WORKLOADS_LIMIT = 200;
const DEPENDENCIES_LIMIT = 200;
/** Nodes that a status names, of the pods of all workloads: an object must not grow beyond what etcd takes. */
export const PLACED_NODES_LIMIT = 5000;

export const ordering = z
  .enum(['Traffic', 'Kahn', 'Tarjan', 'ReverseKahn', 'ReverseTarjan', 'AlternateKahn', 'AlternateTarjan', 'None'])
  .describe(
    'Which workload is placed first. Traffic: the one with the most traffic, then always the one most connected to ' +
      'those before. Kahn and Tarjan: callers before those that they call, in the topological order of that name; ' +
      'Reverse: from the other end; Alternate: from both ends in turn. None: no order.',
  );

export const requirements = z
  .enum(['Majority', 'All', 'Any'])
  .describe(
    "How many of the limits of a pod's calls (maxLatencyMicroseconds and the like) a node must keep to be considered. " +
      'Majority: at least half of them. All: each. Any: at least one. What is not known of a link counts as unknownLinks says.',
  );
export type Requirements = z.infer<typeof requirements>;

export const unknownLinks = z
  .enum(['Pass', 'Reject'])
  .describe(
    'What a limit says of a link whose value is not known, as no measurement or estimate tells it. Pass: nothing. ' +
      'Reject: it is broken.',
  );
export type UnknownLinks = z.infer<typeof unknownLinks>;

const intOrString = z.union([z.int(), z.string().max(32)], 'neither a whole number nor a text of at most 32 letters');

export const dependency = z
  .object({
    name: field.workloadName.describe('The workload that is called: another one of the group.'),
    weight: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .default(1)
      .describe('How much traffic it carries, relative to the other dependencies of the group.'),
    maxLatencyMicroseconds: z
      .int()
      .min(1)
      .max(field.MICROSECONDS_LIMIT)
      .optional()
      .describe('The longest round-trip time that the call bears, in microseconds.'),
    minBandwidth: withRules(intOrString, isPositiveQuantity)
      .optional()
      .describe(
        'The least bandwidth that the calls of one pod need, from caller to callee, in bits per second: a quantity such as ' +
          '20M. It is reserved: each placed pod of the caller takes as much of the links to the placed pods of the callee, ' +
          'shared equally among these, and limits see what is left.',
      ),
    maxLossPartsPerMillion: field.lossPartsPerMillion
      .optional()
      .describe('The highest loss of round trips that the call bears, in parts per million.'),
    maxNetworkCost: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe('The highest cost of a link that the call bears, in parts per hundred: 0 is the best link.'),
  })
  .describe('A call from the workload to another of the group.');
export type Dependency = z.infer<typeof dependency>;

const workloadRef = z
  .object({
    apiVersion: z.string().min(1).max(317).describe('Group and version, such as apps/v1.'),
    kind: z.string().min(1).max(63).describe('Kind, such as Deployment.'),
    name: z.string().min(1).max(253).describe('Name of the object, in the namespace of the group.'),
  })
  .describe(
    'The object that owns the pods of the workload. Pods are found by their labels; where the admission policy for pods of AppGroups is installed, it labels those of this object.',
  );

export const workload = withRules(
  z.object({
    name: field.workloadName.describe('What the pods of the workload have in their label netaware.io/workload.'),
    workloadRef: workloadRef.optional(),
    dependencies: listMap(dependency, ['name'], DEPENDENCIES_LIMIT)
      .default([])
      .describe('The workloads that this one calls, each once.'),
  }),
  dependsOnOthers,
).describe('The pods of one Deployment, StatefulSet or the like.');

export const appGroupSpec = withRules(
  z.object({
    ordering: ordering.default('Traffic'),
    requirements: requirements.default('Majority'),
    unknownLinks: unknownLinks.default('Pass'),
    workloads: listMap(workload, ['name'], WORKLOADS_LIMIT)
      .min(1)
      .describe('The workloads of the group, each once, and whom they call.'),
  }),
  dependsOnKnownWorkloads,
).describe('Who calls whom, how much, and what the calls need of the network.');
export type AppGroupSpec = z.infer<typeof appGroupSpec>;

const placeInOrder = z
  .object({
    workload: field.workloadName.describe('Name of the workload.'),
    index: z.int().min(1).max(WORKLOADS_LIMIT).describe('Its place in the order; the first is 1.'),
  })
  .describe('The place of one workload in the order.');

const placedWorkload = z
  .object({
    name: field.workloadName.describe('Name of the workload.'),
    replicas: z.int().min(0).describe('Pods of the workload that have a node.'),
    nodes: atomicList(field.nodeName, PLACED_NODES_LIMIT).describe(
      'Their nodes, one entry for each pod, sorted; of the first 5000 pods of the group.',
    ),
  })
  .describe('Where the pods of one workload are.');

const partsPerMillion = z.int().min(0).max(1_000_000);

const assignment = z
  .object({
    workload: field.workloadName.describe('Name of the workload.'),
    replica: z.int().min(0).describe('Which of its pods, counted from 0; they are alike.'),
    node: field.nodeName,
  })
  .describe('The node for one pod of a workload.');
export type Assignment = z.infer<typeof assignment>;

export const placementPlan = z
  .object({
    assignments: atomicList(assignment, PLACED_NODES_LIMIT).describe(
      'A node for each pod of the group: where those are that are placed, and where the others should go.',
    ),
    costPartsPerMillion: partsPerMillion.describe(
      'Network cost of the group when it is placed so, from 0, the best, to 1000000.',
    ),
    lowerBoundPartsPerMillion: partsPerMillion.describe('No placement can cost less.'),
    calculatedAt: field.timestamp.describe('When the plan was made.'),
    newestPodCreatedAt: field.timestamp
      .optional()
      .describe('When the newest of its pods was created: a pod that came later is not in the plan.'),
    topologyGeneration: field.generation
      .optional()
      .describe('Generation of the NetworkTopology that it was made with.'),
  })
  .describe('Where the pods of the group should go, all together; the extender follows it.');
export type PlacementPlan = z.infer<typeof placementPlan>;

export const appGroupStatus = z
  .object({
    observedGeneration: field.generation.optional().describe('The generation of the spec that the status is of.'),
    conditions: conditions
      .optional()
      .describe(
        'What holds of the group. Valid: whether its spec can be followed. Acyclic: whether no workloads depend on each ' +
          'other in a circle; placement does not need it. Unambiguous: whether no other workload refers to the same ' +
          'objects, and the labels of its pods name workloads that it has. Planned: whether each pod has a node in the plan. Drifted: ' +
          'whether moving a pod would have saved network cost for long.',
      ),
    scheduleOrder: listMap(writtenAsWhole(placeInOrder), ['workload'], WORKLOADS_LIMIT)
      .optional()
      .describe('The order in which the workloads are placed, as spec.ordering wants it.'),
    workloads: listMap(writtenAsWhole(placedWorkload), ['name'], WORKLOADS_LIMIT)
      .optional()
      .describe('Where the pods of the workloads are.'),
    plan: placementPlan.optional(),
    placementCostPartsPerMillion: partsPerMillion
      .optional()
      .describe('Network cost of the group as it is placed, from 0, the best, to 1000000.'),
  })
  .describe('What was made of the spec; written by the aggregator.');

export type AppGroupStatus = z.infer<typeof appGroupStatus>;

/** Workloads that talk to each other. Namespaced. */
export const appGroup = z
  .object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('AppGroup'),
    metadata: objectMeta,
    spec: appGroupSpec,
    status: appGroupStatus.optional(),
  })
  .describe(
    'AppGroup names workloads that talk to each other, how much, and what their calls need of the network. Pods belong to ' +
      'it by their labels netaware.io/app-group and netaware.io/workload.',
  );
export type AppGroup = z.infer<typeof appGroup>;
