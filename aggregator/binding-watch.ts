import type { KubernetesObject } from '@kubernetes/client-node';
import { type AuditedPod, BindingAudit } from '#aggregator/binding-audit.ts';
import type { AggregatorMetrics } from '#aggregator/metrics.ts';
import { createNotScoredEvents } from '#aggregator/not-scored-event.ts';
import { type Pod, pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL } from '#core/api/names.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { watchResource } from '#runtime/kubernetes/resource-cache.ts';
import type { Logger } from '#runtime/logger.ts';

/** Looks whether the pods of AppGroups that our scheduler binds were scored by the extender. */
export interface BindingWatch {
  /** The extender decided for these pods. */
  decided(uids: readonly string[]): void;
  stop(): Promise<void>;
}

/** A decision comes within this time of the binding. */
const GRACE_MS = 5000;
const LOOK_MS = 500;

export function watchBindings(options: {
  client: KubernetesClient;
  schedulerName: string;
  metrics: AggregatorMetrics;
  logger: Logger;
}): BindingWatch {
  const { client, schedulerName, metrics, logger } = options;
  const audit = new BindingAudit({ startedAtMs: Date.now(), graceMs: GRACE_MS });
  const events = createNotScoredEvents({ client, logger });
  const pods = watchResource({
    client,
    logger,
    path: '/api/v1/pods',
    labelSelector: APP_GROUP_LABEL,
    fieldSelector: `spec.schedulerName=${schedulerName}`,
    schema: pod,
    trim,
    onChange: (before, after) => {
      const bound = audit.podChanged(before && auditedPod(before), after && auditedPod(after), Date.now());
      if (bound) metrics.bindings.inc();
    },
  });
  const looking = setInterval(() => {
    const notScored = audit.takeNotScored(Date.now());
    metrics.bindingsNotScored.inc(notScored.length);
    events.write(notScored);
  }, LOOK_MS);
  return {
    decided: (uids) => {
      for (const uid of uids) audit.decided(uid, Date.now());
    },
    stop: async () => {
      clearInterval(looking);
      await pods.stop();
    },
  };
}

/** The watch keeps what it hands out: of thousands of pods only what the audit reads. */
function trim(object: KubernetesObject & { spec?: { nodeName?: string } }): KubernetesObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata ?? {};
  const spec = { nodeName: object.spec?.nodeName };
  return { metadata: { name, namespace, uid, resourceVersion, creationTimestamp }, spec } as KubernetesObject;
}

function auditedPod({ metadata, spec }: Pod): AuditedPod {
  return {
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    node: spec.nodeName || undefined,
    createdAtMs: Date.parse(metadata.creationTimestamp ?? ''),
  };
}
