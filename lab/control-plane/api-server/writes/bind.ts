import { z } from 'zod';
import {
  fieldAt,
  isObject,
  type JsonObject,
  type KubeObject,
  objectOrEmpty,
} from '#lab/control-plane/api-server/kube-object.ts';
import { collectionName } from '#lab/control-plane/api-server/resource-type.ts';
import { PODS } from '#lab/control-plane/api-server/resources/built-in-types.ts';
import { checkFieldTypes } from '#lab/control-plane/api-server/resources/decode.ts';
import { podCondition } from '#lab/control-plane/api-server/resources/pods.ts';
import { conflict } from '#lab/control-plane/api-server/status-error.ts';
import type { WriteContext } from '#lab/control-plane/api-server/writes/write-context.ts';

const binding = z.looseObject({
  metadata: z
    .looseObject({ uid: z.string().optional(), annotations: z.record(z.string(), z.string()).optional() })
    .optional(),
  target: z.looseObject({ kind: z.string().optional(), name: z.string().min(1) }),
});

/** Assigns a pod to the binding's node. Throws StatusError 409 where the pod is bound, gated or being deleted. */
export function bindPod({ store, dryRun, now }: WriteContext, pod: KubeObject, body: unknown): void {
  const { name } = pod.metadata;
  checkFieldTypes({ apiVersion: 'v1', kind: 'Binding', metadata: { name }, ...objectOrEmpty(body) }, binding);
  const { metadata, target } = binding.parse(body);
  const refusal = refuse(pod, metadata?.uid);
  if (refusal !== undefined) throw conflict({ group: '', kind: 'Pod', plural: 'pods/binding' }, name, refusal);
  if (dryRun) return;
  const conditions = listOf(fieldAt(pod, 'status.conditions')).filter(({ type }) => type !== 'PodScheduled');
  store.put(collectionName(PODS), {
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...metadata?.annotations } },
    spec: { ...objectOrEmpty(pod.spec), nodeName: target.name },
    status: {
      ...objectOrEmpty(pod.status),
      conditions: [...conditions, podCondition('PodScheduled', 'True', now)],
    },
  });
}

function refuse(pod: KubeObject, uid: string | undefined): string | undefined {
  const { name, deletionTimestamp } = pod.metadata;
  if (uid !== undefined && uid !== pod.metadata.uid) {
    return `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`;
  }
  if (deletionTimestamp !== undefined) return `pod ${name} is being deleted, cannot be assigned to a host`;
  const nodeName = fieldAt(pod, 'spec.nodeName');
  if (nodeName !== undefined) return `pod ${name} is already assigned to node "${nodeName}"`;
  const isGated = listOf(fieldAt(pod, 'spec.schedulingGates')).length > 0;
  return isGated ? `pod ${name} has non-empty .spec.schedulingGates` : undefined;
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
