import { z } from 'zod';
import { objectMeta } from '#core/api/kubernetes.ts';

// The parts of the objects that people write for an application which tell who calls whom. Everything else passes through.

const keyReference = z.looseObject({ name: z.string(), key: z.string() });
const nameReference = z.looseObject({ name: z.string() });

const environmentVariable = z.looseObject({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .looseObject({ configMapKeyRef: keyReference.optional(), secretKeyRef: keyReference.optional() })
    .optional(),
});

const container = z.looseObject({
  name: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(environmentVariable).default([]),
  envFrom: z
    .array(
      z.looseObject({
        prefix: z.string().default(''),
        configMapRef: nameReference.optional(),
        secretRef: nameReference.optional(),
      }),
    )
    .default([]),
  volumeMounts: z.array(z.looseObject({ name: z.string() })).default([]),
});
export type Container = z.infer<typeof container>;

const keysOfFiles = z.array(z.looseObject({ key: z.string() })).optional();
const configMapVolume = z.looseObject({ name: z.string(), items: keysOfFiles });

const volume = z.looseObject({
  name: z.string(),
  configMap: configMapVolume.optional(),
  projected: z
    .looseObject({ sources: z.array(z.looseObject({ configMap: configMapVolume.optional() })).default([]) })
    .optional(),
});

export const podTemplate = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }).default({ labels: {} }),
  spec: z.looseObject({
    schedulerName: z.string().optional(),
    initContainers: z.array(container).default([]),
    containers: z.array(container).default([]),
    volumes: z.array(volume).default([]),
  }),
});
export type PodTemplate = z.infer<typeof podTemplate>;

/** A Deployment, StatefulSet or DaemonSet. */
export const controller = z.looseObject({
  metadata: objectMeta,
  spec: z.looseObject({ template: podTemplate }),
});

export const cronJob = z.looseObject({
  metadata: objectMeta,
  spec: z.looseObject({ jobTemplate: z.looseObject({ spec: z.looseObject({ template: podTemplate }) }) }),
});

export const service = z.looseObject({
  metadata: objectMeta,
  spec: z.looseObject({
    type: z.string().optional(),
    clusterIP: z.string().optional(),
    externalName: z.string().optional(),
    selector: z.record(z.string(), z.string()).default({}),
    ports: z.array(z.looseObject({ name: z.string().optional(), port: z.int().min(1).max(65_535) })).default([]),
  }),
});

export const configMap = z.looseObject({
  metadata: objectMeta,
  data: z.record(z.string(), z.string()).default({}),
});
