import { z } from 'zod';
import type { Manifest } from './kustomize.ts';

const labels = z.record(z.string(), z.string());

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  ports: z.array(z.looseObject({ name: z.string().optional(), containerPort: z.number() })),
  resources: z.object({ requests: labels, limits: labels.optional() }),
  securityContext: z.looseObject({}),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
});
export type Container = z.infer<typeof container>;

const workload = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    replicas: z.int().optional(),
    selector: z.object({ matchLabels: labels }),
    template: z.object({
      metadata: z.looseObject({ labels }),
      spec: z.looseObject({
        schedulerName: z.string().optional(),
        serviceAccountName: z.string().optional(),
        securityContext: z.looseObject({}),
        containers: z.array(container),
        volumes: z.array(z.looseObject({ name: z.string() })).default([]),
      }),
    }),
  }),
});
export type Workload = z.infer<typeof workload>;

/** The Deployments and DaemonSets among the manifests. */
export function workloadsIn(manifests: readonly Manifest[]): Workload[] {
  return manifests
    .filter(({ kind }) => kind === 'Deployment' || kind === 'DaemonSet')
    .map((object) => workload.parse(object));
}
