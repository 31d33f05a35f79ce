import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAgentMetrics } from '#agent/metrics.ts';
import { type PlanPoller, startPlanPoller } from '#agent/plan-poller.ts';
import type { ProbePlan } from '#core/api/agent.ts';
import type { Answer } from '#runtime/aggregator-client.ts';
import { createLogger } from '#runtime/logger.ts';

let poller: PlanPoller | undefined;

afterEach(async () => {
  await poller?.stop();
});

describe('plan poller', () => {
  it('asks at once, and then for what comes after the revision that it has', async () => {
    const { paths, plans } = start([planAnswer('one'), planAnswer('two')]);
    await vi.waitUntil(() => paths.length === 3);
    expect(paths).toEqual([
      '/v1/probe-plan?node=a&tcpPort=9464',
      '/v1/probe-plan?node=a&tcpPort=9464&after=one&waitSeconds=20',
      '/v1/probe-plan?node=a&tcpPort=9464&after=two&waitSeconds=20',
    ]);
    expect(plans.map(({ revision }) => revision)).toEqual(['one', 'two']);
    expect(plans[0]?.probe.packets).toBe(7);
  });

  it.each([
    { behaviour: 'the aggregator is away', answer: { outcome: 'unavailable', reason: 'refused' } as const },
    { behaviour: 'the node is unknown', answer: { outcome: 'rejected', reason: '404: no such node' } as const },
    { behaviour: 'the plan is none', answer: { outcome: 'answered', body: { revision: 7 } } as const },
  ])('asks again after a while where $behaviour', async ({ answer }) => {
    const { plans } = start([answer, planAnswer('one')]);
    await vi.waitUntil(() => plans.length === 1);
  });

  it('does not ask in a tight loop where the aggregator does not wait', async () => {
    const { paths } = start([planAnswer('one'), planAnswer('one'), planAnswer('two')]);
    await vi.waitUntil(() => paths.length === 2);
    const second = performance.now();
    await vi.waitUntil(() => paths.length > 2, { timeout: 5000 });
    expect(performance.now() - second).toBeGreaterThan(800);
  });
});

/** Gives these answers and then waits like an aggregator without news. */
function start(answers: Answer[]) {
  const paths: string[] = [];
  const plans: ProbePlan[] = [];
  poller = startPlanPoller({
    node: 'a',
    tcpPort: 9464,
    metrics: createAgentMetrics(new Registry()),
    logger: createLogger('test', 'silent'),
    onPlan: (plan) => plans.push(plan),
    client: async ({ path, signal }) => {
      paths.push(path);
      return answers.shift() ?? aborted(signal);
    },
  });
  return { paths, plans };
}

function aborted(signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ outcome: 'unavailable', reason: 'aborted' }));
  });
}

function planAnswer(revision: string): Answer {
  const body = { node: 'a', revision, probe: { bandwidth: {} }, peers: [{ node: 'b', address: '192.0.2.2' }] };
  return { outcome: 'answered', body };
}
