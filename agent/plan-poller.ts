import { backoffMs, pause } from '#agent/backoff.ts';
import type { AgentMetrics } from '#agent/metrics.ts';
import { type ProbePlan, probePlan } from '#core/api/agent.ts';
import { parseInput } from '#core/validation.ts';
import type { AggregatorClient } from '#runtime/aggregator-client.ts';
import type { Logger } from '#runtime/logger.ts';

export interface PlanPoller {
  stop(): Promise<void>;
}

const WAIT_SECONDS = 20;
const SHORTEST_WAIT_MS = 1000;
const TIMEOUT_MS = (WAIT_SECONDS + 10) * 1000;

/**
 * Asks the aggregator for the node's plan, again and again; it answers when the plan has changed or after 20 s.
 * `onPlan` gets every answer. While the aggregator is away, the last plan goes on being used.
 */
export function startPlanPoller(options: {
  node: string;
  /** Where this agent listens, for others to connect to. */
  tcpPort: number;
  client: AggregatorClient;
  metrics: AgentMetrics;
  logger: Logger;
  onPlan: (plan: ProbePlan) => void;
}): PlanPoller {
  const { node, tcpPort, client, metrics, logger, onPlan } = options;
  const stopping = new AbortController();

  async function poll(): Promise<void> {
    let revision: string | undefined;
    let failures = 0;
    while (!stopping.signal.aborted) {
      const askedAt = performance.now();
      const plan = await ask(revision);
      if (typeof plan === 'string') {
        failures += 1;
        if (failures === 1 && !stopping.signal.aborted) logger.warn({ reason: plan }, 'no probe plan');
        await pause(backoffMs(failures, Math.random()), stopping.signal);
        continue;
      }
      failures = 0;
      metrics.planReceived.setToCurrentTime();
      if (plan.revision !== revision) logger.info({ revision: plan.revision, peers: plan.peers.length }, 'probe plan');
      const unchanged = plan.revision === revision;
      revision = plan.revision;
      onPlan(plan);
      // An aggregator that does not wait must not be asked in a tight loop.
      if (unchanged) await pause(Math.max(0, askedAt + SHORTEST_WAIT_MS - performance.now()), stopping.signal);
    }
  }

  /** The plan, or why there is none. */
  async function ask(after: string | undefined): Promise<ProbePlan | string> {
    const query = new URLSearchParams({
      node,
      tcpPort: String(tcpPort),
      ...(after === undefined ? {} : { after, waitSeconds: String(WAIT_SECONDS) }),
    });
    const answer = await client({
      path: `/v1/probe-plan?${query}`,
      timeoutMs: TIMEOUT_MS,
      signal: stopping.signal,
    });
    if (answer.outcome !== 'answered') return answer.reason;
    try {
      return parseInput(probePlan, answer.body, 'probe plan');
    } catch (err) {
      return (err as Error).message;
    }
  }

  const polling = poll();
  return {
    async stop() {
      stopping.abort();
      await polling;
    },
  };
}
