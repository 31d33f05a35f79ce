import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '#aggregator/config.ts';
import { startAggregator } from '#aggregator/main.ts';
import { until } from '#lab/until.ts';
import { createLogger } from '#runtime/logger.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { type Behaviour, type ExtenderFront, startExtenderFront } from '#test/cluster/extender-front.ts';
import type { TestProcess } from '#test/cluster/processes.ts';
import {
  boundAfterMs,
  boundTo,
  createGroup,
  createNode,
  createPod,
  DEADLINE_MS,
  eventOf,
  eventsOf,
  metricOf,
  startSecondScheduler,
} from '#test/cluster/scheduling.ts';

const EXTENDER_PORT = 8089;
const FRONT_PORT = 8090;
const REASON = 'NotScoredByNetwork';
const MEMBER = { group: 'shop', workload: 'web' };
/** kube-scheduler gives up on filter and on prioritize after 500 ms each; the rest is for a busy machine. */
const BOUND_WITHIN_MS = 2 * 500 + 8000;

describe.runIf(hasControlPlane('a failing extender with kube-scheduler'))('a failing extender', () => {
  let cluster: Cluster;
  let front: ExtenderFront;
  let extender: TestProcess;
  let extenderUrl: string;
  let aggregatorUrl: string;
  let stopAggregator = async () => {};

  beforeAll(async () => {
    cluster = await startCluster();
    for (const name of ['n1', 'n2', 'n3']) await createNode(cluster, name);
    await createGroup(cluster, 'shop', ['web', 'db']);
    const { host, controlPlane } = cluster;
    const { kubeconfig } = controlPlane;
    const aggregator = await startAggregator(
      loadConfig({ host, port: 0, kubeconfig, logLevel: 'warn' }, {}),
      createLogger('aggregator', 'error'),
    );
    stopAggregator = aggregator.stop;
    aggregatorUrl = `http://${host}:${aggregator.port}`;
    extenderUrl = `http://${host}:${EXTENDER_PORT}`;
    const command = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
    const flags = { host, port: EXTENDER_PORT, kubeconfig, 'aggregator-url': aggregatorUrl };
    const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    extender = await cluster.start('extender', { command: process.execPath, args: [command, 'extender', ...args] });
    await until('the extender is ready', DEADLINE_MS, () => refusalOf(`${extenderUrl}/readyz`));
    await until('the aggregator is ready', DEADLINE_MS, () => refusalOf(`${aggregatorUrl}/readyz`));
    front = await startExtenderFront(host, FRONT_PORT, extenderUrl);
    await startSecondScheduler(cluster, `http://${host}:${FRONT_PORT}`);
  });

  afterAll(async () => {
    await front?.close();
    await stopAggregator();
    await cluster?.stop();
  });

  async function refusalOf(url: string): Promise<string | undefined> {
    try {
      const answer = await fetch(url);
      return answer.ok ? undefined : await answer.text();
    } catch (err) {
      return String(err);
    }
  }

  const bindings = () => metricOf(aggregatorUrl, 'netaware_aggregator_bindings_total');
  const notScored = () => metricOf(aggregatorUrl, 'netaware_aggregator_bindings_not_scored_total');

  it.each<[string, Behaviour]>([
    ['is down', 'down'],
    ['answers garbage', 'garbage'],
    ['answers 500', 'error'],
    ['sends half an answer', 'half'],
    ['takes a second for each answer', 'slow'],
  ])('that %s does not keep pods from being bound in time, and shows', async (_what, behaviour) => {
    const before = { bindings: await bindings(), notScored: await notScored() };
    await front.behave('pass');
    await createPod(cluster, `scored-before-${behaviour}`, MEMBER);
    await boundTo(cluster, `scored-before-${behaviour}`);
    await front.behave(behaviour);
    await createPod(cluster, behaviour, MEMBER);
    await boundTo(cluster, behaviour);
    expect(await boundAfterMs(cluster, behaviour)).toBeLessThan(BOUND_WITHIN_MS);
    expect(await eventOf(cluster, behaviour, REASON)).toMatch(
      /no answer of the netaware extender reached the scheduler/,
    );
    expect(await bindings()).toBe(before.bindings + 2);
    expect(await notScored()).toBe(before.notScored + 1);
    expect(await eventsOf(cluster, `scored-before-${behaviour}`, REASON)).toEqual([]);
  });

  it('that stalls does not either, and sees itself that the scheduler gave up', async () => {
    await front.behave('pass');
    const before = await notScored();
    await extender.kill('SIGSTOP');
    try {
      await createPod(cluster, 'stalled', MEMBER);
      await boundTo(cluster, 'stalled');
      expect(await boundAfterMs(cluster, 'stalled')).toBeLessThan(BOUND_WITHIN_MS);
    } finally {
      await extender.kill('SIGCONT');
    }
    await eventOf(cluster, 'stalled', REASON);
    expect(await notScored()).toBe(before + 1);
    const aborted = (verb: string) =>
      metricOf(extenderUrl, `netaware_extender_requests_total{verb="${verb}",outcome="aborted"}`);
    expect((await aborted('filter')) + (await aborted('prioritize'))).toBeGreaterThan(0);
  });
});
