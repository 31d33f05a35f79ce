import { type AuditedPod, BindingAudit } from '#aggregator/bindings/binding-audit.ts';
import { createNotScoredEvents } from '#aggregator/bindings/not-scored-events.ts';
import type { AggregatorMetrics } from '#aggregator/metrics.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';

/** Looks whether the pods of AppGroups that our scheduler binds were scored by the extender. */
export interface BindingWatch {
  /** A pod of an AppGroup as it was and as it is; `listedFirst`: it came with the first list of a watch that began then. */
  podChanged(before: Pod | undefined, after: Pod | undefined, listedFirst: boolean, watchedSinceMs: number): void;
  /** The extender decided for these pods. */
  decided(uids: readonly string[]): void;
  /** The aggregator is ready, so that decisions can come. */
  ready(): void;
  stop(): void;
}

const LOOK_MS = 500;

export function watchBindings(options: {
  client: KubernetesClient;
  schedulerName: string;
  metrics: AggregatorMetrics;
  logger: Logger;
}): BindingWatch {
  const { client, schedulerName, metrics, logger } = options;
  const audit = new BindingAudit(Date.now());
  const events = createNotScoredEvents({ client, logger });
  const ours = (candidate: Pod | undefined, seen: Pick<AuditedPod, 'listedFirst' | 'watchedSinceMs'> = {}) =>
    candidate?.spec.schedulerName === schedulerName ? { ...auditedPod(candidate), ...seen } : undefined;
  const looking = setInterval(() => {
    const notScored = audit.takeNotScored(performance.now());
    metrics.bindingsNotScored.inc(notScored.length);
    events.write(notScored);
  }, LOOK_MS);
  return {
    podChanged: (before, after, listedFirst, watchedSinceMs) => {
      const now = ours(after, { listedFirst, watchedSinceMs });
      if (audit.podChanged(ours(before), now, performance.now())) metrics.bindings.inc();
    },
    decided: (uids) => {
      for (const uid of uids) audit.decided(uid, performance.now());
    },
    ready: () => audit.ready(performance.now()),
    stop: () => clearInterval(looking),
  };
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
