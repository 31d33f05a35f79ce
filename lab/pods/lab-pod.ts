import { z } from 'zod';
import { namespacedName, objectMeta, pod } from '#core/api/kubernetes.ts';
import { quantity } from '#core/api/quantity.ts';

// The parts of a pod that the lab's pod runner acts on.

const resourceList = z.record(z.string(), quantity);

const environmentVariable = z.looseObject({
  name: z.string().min(1),
  value: z.string().optional(),
  valueFrom: z.looseObject({ fieldRef: z.looseObject({ fieldPath: z.string() }).optional() }).optional(),
});
export type EnvironmentVariable = z.infer<typeof environmentVariable>;

const readinessProbe = z.looseObject({
  httpGet: z.looseObject({ path: z.string().default('/'), port: z.union([z.int(), z.string()]) }).optional(),
  periodSeconds: z.number().min(1).default(10),
  timeoutSeconds: z.number().min(1).default(1),
  failureThreshold: z.int().min(1).default(3),
});
export type ReadinessProbe = z.infer<typeof readinessProbe>;

export const labContainer = z.looseObject({
  name: z.string().min(1),
  image: z.string().default(''),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  workingDir: z.string().optional(),
  env: z.array(environmentVariable).default([]),
  ports: z.array(z.looseObject({ name: z.string().optional(), containerPort: z.int() })).default([]),
  resources: z.looseObject({ requests: resourceList.optional(), limits: resourceList.optional() }).optional(),
  readinessProbe: readinessProbe.optional(),
});
export type LabContainer = z.infer<typeof labContainer>;

const condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  lastTransitionTime: z.string().nullish(),
});
export type PodCondition = z.infer<typeof condition>;

const restartPolicy = z.enum(['Always', 'OnFailure', 'Never']);
export type RestartPolicy = z.infer<typeof restartPolicy>;

export const labPod = pod.extend({
  metadata: objectMeta.extend({
    namespace: z.string(),
    uid: z.string(),
    deletionGracePeriodSeconds: z.number().nullish(),
  }),
  spec: z.looseObject({
    nodeName: z.string().optional(),
    restartPolicy: restartPolicy.default('Always'),
    terminationGracePeriodSeconds: z.number().default(30),
    containers: z.array(labContainer),
  }),
  status: z
    .looseObject({
      phase: z.string().optional(),
      podIP: z.string().optional(),
      conditions: z.array(condition).nullish(),
    })
    .optional(),
});
export type LabPod = z.infer<typeof labPod>;

export function podPath({ metadata }: LabPod): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
}

/** Fields by which log lines name a pod. */
export function logFields({ metadata }: LabPod): { pod: string; uid: string } {
  return { pod: namespacedName(metadata), uid: metadata.uid };
}
