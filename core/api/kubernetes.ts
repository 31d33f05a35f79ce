import { z } from 'zod';
import { quantity } from '#core/api/quantity.ts';

// The parts of Kubernetes' own objects that netaware reads. Everything else in them passes through untouched.

export const ZONE_LABEL = 'topology.kubernetes.io/zone';
export const REGION_LABEL = 'topology.kubernetes.io/region';

export const objectMeta = z.looseObject({
  name: z.string().min(1).max(253),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  /** An int64: above 2^53 it is not exact, but no reason to refuse the object. */
  generation: z.number().optional(),
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
});
export type ObjectMeta = z.infer<typeof objectMeta>;

const resourceList = z.record(z.string(), quantity);

export const node = z.looseObject({
  apiVersion: z.literal('v1').optional(),
  kind: z.literal('Node').optional(),
  metadata: objectMeta,
  spec: z
    .looseObject({
      unschedulable: z.boolean().optional(),
      taints: z.array(z.looseObject({ key: z.string(), value: z.string().optional(), effect: z.string() })).nullish(),
    })
    .optional(),
  status: z
    .looseObject({
      addresses: z.array(z.looseObject({ type: z.string(), address: z.string() })).nullish(),
      allocatable: resourceList.optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).nullish(),
    })
    .optional(),
});
export type Node = z.infer<typeof node>;

const container = z.looseObject({
  name: z.string(),
  /** Of an init container: `Always` makes it a sidecar, which runs as long as the pod. */
  restartPolicy: z.string().nullish(),
  resources: z.looseObject({ requests: resourceList.optional(), limits: resourceList.optional() }).optional(),
});

const nodeSelectorRequirements = z
  .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
  .nullish();
const nodeSelectorTerm = z.looseObject({
  matchExpressions: nodeSelectorRequirements,
  matchFields: nodeSelectorRequirements,
});
export type NodeSelectorTerm = z.infer<typeof nodeSelectorTerm>;

const affinity = z.looseObject({
  nodeAffinity: z
    .looseObject({
      requiredDuringSchedulingIgnoredDuringExecution: z
        .looseObject({ nodeSelectorTerms: z.array(nodeSelectorTerm).nullish() })
        .nullish(),
    })
    .nullish(),
});

export const pod = z.looseObject({
  apiVersion: z.literal('v1').optional(),
  kind: z.literal('Pod').optional(),
  metadata: objectMeta,
  spec: z.looseObject({
    nodeName: z.string().optional(),
    schedulerName: z.string().optional(),
    priority: z.int().nullish(),
    schedulingGates: z.array(z.looseObject({ name: z.string() })).nullish(),
    nodeSelector: z.record(z.string(), z.string()).nullish(),
    affinity: affinity.nullish(),
    tolerations: z
      .array(
        z.looseObject({
          key: z.string().optional(),
          operator: z.string().optional(),
          value: z.string().optional(),
          effect: z.string().optional(),
        }),
      )
      .nullish(),
    /** Go writes a list without elements as null. */
    containers: z
      .array(container)
      .nullish()
      .transform((list) => list ?? []),
    initContainers: z.array(container).nullish(),
    /** What the pod's runtime takes beside its containers. */
    overhead: resourceList.nullish(),
  }),
  status: z
    .looseObject({
      phase: z.string().optional(),
      podIP: z.string().optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).nullish(),
    })
    .optional(),
});
export type Pod = z.infer<typeof pod>;

/** Where the pods behind a Service answer; a Service may have several slices. */
export const endpointSlice = z.looseObject({
  metadata: objectMeta,
  addressType: z.string(),
  endpoints: z
    .array(
      z.looseObject({
        addresses: z.array(z.string()).min(1),
        nodeName: z.string().nullish(),
        conditions: z.looseObject({ ready: z.boolean().nullish() }).nullish(),
      }),
    )
    .nullish(),
});
export type EndpointSlice = z.infer<typeof endpointSlice>;

/** True for a pod that holds its node's resources: bound or not, it has not ended. */
export function isActive(candidate: Pod): boolean {
  return candidate.status?.phase !== 'Succeeded' && candidate.status?.phase !== 'Failed';
}

/** True for an active pod that nobody has deleted: one that is going holds its node's resources until it is gone. */
export function isStaying(candidate: Pod): boolean {
  return isActive(candidate) && !candidate.metadata.deletionTimestamp;
}

/** True where the Ready condition is True. */
export function isReady(candidate: Pick<Node | Pod, 'status'>): boolean {
  return candidate.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** "namespace/name", the key by which pods are known in logs, files and messages. */
export function namespacedName(metadata: ObjectMeta): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}
