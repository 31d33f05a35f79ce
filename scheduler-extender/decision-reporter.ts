import { type DecisionReport, decisionReceipt } from '#core/api/decisions.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import type { AggregatorClient } from '#runtime/aggregator-client.ts';
import type { Logger } from '#runtime/logger.ts';
import { pacedTask } from '#runtime/paced-task.ts';
import { DecisionSpool } from './decision-spool.ts';

/** Tells the aggregator which pods the scheduler got an answer for. */
export interface DecisionReporter {
  decided(pod: Pod): void;
  /** The pod's decision led to nothing: it is not told any more where that was not done yet. */
  withdrawn(pod: Pod): void;
  waiting(): number;
  /** Sends what is left, but waits no longer than a moment. */
  stop(): Promise<void>;
}

const INTERVAL_MS = 500;
const TIMEOUT_MS = 2000;
/** Stopping waits no longer for the aggregator. */
const STOP_MS = 400;
/** While decisions may have to be sent again, the aggregator is asked this often whether it is still the same. */
const ASK_MS = 2000;

export function startDecisionReporter(options: {
  client: AggregatorClient;
  logger: Logger;
  /** Called with what became of each report. */
  counted: (outcome: 'delivered' | 'rejected' | 'unavailable') => void;
}): DecisionReporter {
  const { client, logger, counted } = options;
  const spool = new DecisionSpool();
  const stopping = new AbortController();
  let failing = false;

  const sending = pacedTask(async () => {
    const decisions = spool.take();
    const body: DecisionReport = { decisions };
    const answer = await client({ path: '/v1/decisions', body, timeoutMs: TIMEOUT_MS, signal: stopping.signal });
    const receipt = answer.outcome === 'answered' ? decisionReceipt.safeParse(answer.body) : undefined;
    if (receipt?.success) {
      spool.delivered(decisions, receipt.data.instance, performance.now());
      counted('delivered');
      failing = false;
      return spool.waiting > 0 ? 'again' : 'done';
    }
    const reason = answer.outcome === 'answered' ? 'the answer is no receipt' : answer.reason;
    const outcome = answer.outcome === 'rejected' ? 'rejected' : 'unavailable';
    if (outcome === 'unavailable') spool.putBack();
    counted(outcome);
    if (!failing) logger.warn({ reason, decisions: decisions.length }, 'the aggregator did not take decisions');
    failing = true;
    return spool.waiting > 0 && !stopping.signal.aborted ? 'again' : 'done';
  }, INTERVAL_MS);

  const asking = setInterval(() => {
    if (spool.keepsSent(performance.now())) sending.request();
  }, ASK_MS);

  return {
    decided: ({ metadata }) => {
      if (metadata.uid === undefined) return;
      const { uid: podUid, namespace = 'default', name: pod } = metadata;
      spool.add({ podUid, namespace, pod, at: new Date().toISOString() });
      sending.request();
    },
    withdrawn: ({ metadata }) => spool.withdraw(metadata.uid ?? ''),
    waiting: () => spool.waiting,
    stop: async () => {
      clearInterval(asking);
      const deadline = setTimeout(() => stopping.abort(), STOP_MS);
      await sending.stop();
      clearTimeout(deadline);
    },
  };
}
