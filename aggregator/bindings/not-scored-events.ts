import type { AuditedPod } from '#aggregator/bindings/binding-audit.ts';
import { writePodEvent } from '#aggregator/bindings/pod-event.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';

/** More would say nothing new and burden the API server; all of them are counted in a metric. */
const MOST_PER_MINUTE = 50;
const MINUTE_MS = 60_000;

const MESSAGE =
  'Bound without the network being looked at: no answer of the netaware extender reached the scheduler in time. ' +
  'Look at the extender (its log, netaware_extender_requests_total) and at the log of its scheduler.';

/** Writes an event for each pod that was bound without an answer of the extender, up to a rate. */
export function createNotScoredEvents(options: { client: KubernetesClient; logger: Logger }): {
  write(pods: readonly AuditedPod[]): void;
} {
  const { client, logger } = options;
  let minute = { startedAtMs: Number.NEGATIVE_INFINITY, written: 0 };
  let failing = false;

  async function write(pod: AuditedPod): Promise<void> {
    try {
      await writePodEvent(client, pod, { type: 'Warning', reason: 'NotScoredByNetwork', message: MESSAGE });
      failing = false;
    } catch (err) {
      if (!failing) logger.error({ namespace: pod.namespace, pod: pod.name, err }, 'cannot write an event');
      failing = true;
    }
  }

  return {
    write: (pods) => {
      const nowMs = performance.now();
      if (nowMs - minute.startedAtMs >= MINUTE_MS) minute = { startedAtMs: nowMs, written: 0 };
      const allowed = pods.slice(0, MOST_PER_MINUTE - minute.written);
      minute.written += allowed.length;
      if (pods.length > 0) {
        const [first] = pods;
        logger.warn({ pods: pods.length, namespace: first?.namespace, pod: first?.name }, 'bound without being scored');
      }
      for (const pod of allowed) void write(pod);
    },
  };
}
