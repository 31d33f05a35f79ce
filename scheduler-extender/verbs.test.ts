import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import type { AppGroup } from '#core/api/app-group.ts';
import { createHttpApp } from '#runtime/http-server.ts';
import { createMetricsRegistry } from '#runtime/metrics.ts';
import { makeGroup, makeNode, makePod, makeSlice, makeTopology } from '#test/builders.ts';
import { type VerbContext, verbPath } from './answer-verb.ts';
import { fixedView } from './cluster-view.ts';
import { createDecisions } from './decisions.ts';
import { createExtenderMetrics } from './metrics.ts';
import { readState } from './state-file.ts';
import { filterHandler, preemptHandler, prioritizeHandler } from './verbs.ts';

const NODES = 300;
const WAIT = { timeout: 10_000, interval: 10 };
const GIVE_UP_MS = 20_000;
const logger = pino({ level: 'silent' });
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
const names = Array.from({ length: NODES }, (_, index) => `n${index}`);
const limited = [{ name: 'db', weight: 1, maxLatencyMicroseconds: 20_000 }];
const objects = [
  ...names.map((name) => makeNode(name)),
  makeNode('far'),
  makeTopology(),
  // Every third node is near.
  ...[...names, 'far'].map((name, index) =>
    makeSlice(name, { n0: { rttMicroseconds: name === 'far' ? 90_000 : index % 3 === 0 ? 500 : 19_000 } }),
  ),
  makeGroup('shop', { web: limited, db: {} }),
  makePod('db-1', { group: 'shop', workload: 'db', node: 'n0' }),
  plannedGroup(['n2', 'far', 'n5']),
];

/** A group whose plan has these nodes for pods of its workload web. */
function plannedGroup(nodes: readonly string[]): AppGroup {
  const group = makeGroup('planned', { web: limited, db: {} });
  const assignments = nodes.map((node, replica) => ({ workload: 'web', replica, node }));
  const calculatedAt = new Date().toISOString();
  const plan = { assignments, costPartsPerMillion: 0, lowerBoundPartsPerMillion: 0, calculatedAt };
  return { ...group, metadata: { ...group.metadata, generation: 1 }, status: { observedGeneration: 1, plan } };
}

const member = makePod('web-1', { group: 'shop', workload: 'web' });
const web = { ...member, metadata: { ...member.metadata, uid: 'web-uid' } };
const decided = vi.fn();
const withdrawn = vi.fn();
const registry = createMetricsRegistry();
const metrics = createExtenderMetrics(registry);
let context: VerbContext;
let port: number;
let notReady: string | undefined;
let stop: () => Promise<void>;

beforeAll(async () => {
  const file = join(folder, 'state.yaml');
  writeFileSync(file, objects.map((object) => stringify(object)).join('---\n'));
  const config = { strategy: 'linear', dependenciesOnly: false, shortlist: 'fair' } as const;
  context = {
    view: { ...fixedView(readState([file], {}), config), notReady: () => notReady },
    config,
    metrics,
    logger,
    rejectedEverywhere: vi.fn(),
    decisions: createDecisions({ decided, withdrawn }),
  };
  const http = createHttpApp({
    logger,
    registry,
    notReady: () => undefined,
    bodyLimitBytes: 1e6,
  });
  http.post(verbPath('filter'), filterHandler(context));
  http.post(verbPath('prioritize'), prioritizeHandler(context));
  http.post(verbPath('preempt'), preemptHandler(context));
  const server = await http.listen('127.0.0.1', 0);
  port = server.port;
  stop = () => server.close();
});

afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field.
async function post(verb: string, body: unknown): Promise<any> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`http://127.0.0.1:${port}/scheduler/${verb}`, { method: 'POST', body: text });
  return response.json();
}

const requests = async (verb: string, outcome: string) =>
  (await metrics.requests.get()).values.find(({ labels }) => labels.verb === verb && labels.outcome === outcome)
    ?.value ?? 0;

describe('filter', () => {
  it('leaves the best nodes and a sample of the others, other ones each time, and rejects none', async () => {
    const { NodeNames, FailedNodes, FailedAndUnresolvableNodes } = await post('filter', { Pod: web, NodeNames: names });
    expect(NodeNames).toHaveLength(144);
    const isNear = (name: string) => names.indexOf(name) % 3 === 0;
    expect(NodeNames.filter(isNear).length).toBeGreaterThanOrEqual(72);
    expect(NodeNames.filter(isNear).length).toBeLessThan(100);
    expect([FailedNodes, FailedAndUnresolvableNodes]).toEqual([{}, {}]);
    expect((await post('filter', { Pod: web, NodeNames: names })).NodeNames).not.toEqual(NodeNames);
  });

  it.each([
    ['a pod that the network cannot tell apart', makePod('plain'), names],
    ['as few nodes as kube-scheduler looks for in a cluster of this size', web, names.slice(0, 144)],
  ])('leaves all of them for %s', async (_what, Pod, NodeNames) => {
    expect((await post('filter', { Pod, NodeNames })).NodeNames).toEqual(NodeNames);
  });

  it('leaves the node that the plan has for the pod, the first of those offered, and a shortlist where none is', async () => {
    const Pod = makePod('web-2', { group: 'planned', workload: 'web' });
    const answer = async (NodeNames: string[]) => (await post('filter', { Pod, NodeNames })).NodeNames;
    expect(await answer(names)).toEqual(['n2']);
    expect(await answer(['n1', 'n5', 'n9'])).toEqual(['n5']);
    expect(await answer(['n1', 'n9'])).toEqual(['n1', 'n9']);
  });

  it('counts as neutral where nothing can tell the nodes apart', async () => {
    const before = await requests('filter', 'neutral');
    await post('filter', { Pod: makePod('plain'), NodeNames: ['n1'] });
    await vi.waitFor(async () => expect(await requests('filter', 'neutral')).toBe(before + 1), WAIT);
  });

  it('tells who is rejected everywhere and withdraws what was decided, and decides where one node is left', async () => {
    await post('filter', { Pod: web, NodeNames: ['far'] });
    expect(context.rejectedEverywhere).toHaveBeenLastCalledWith(expect.objectContaining(web), ['far']);
    await vi.waitFor(() => expect(withdrawn).toHaveBeenCalledTimes(1), WAIT);
    expect(decided).not.toHaveBeenCalled();
    await post('filter', { Pod: web, NodeNames: ['n1'] });
    await vi.waitFor(() => expect(decided).toHaveBeenCalledTimes(1), WAIT);
    await post('filter', { Pod: web, NodeNames: ['n1', 'n2'] });
    await post('prioritize', { Pod: web, NodeNames: ['n1', 'n2'] });
    await vi.waitFor(() => expect(decided).toHaveBeenCalledTimes(2), WAIT);
  });
});

describe('what is no answer', () => {
  it.each([
    ['refused', 'a body that is not JSON', '{"Pod":'],
    ['refused', 'a body that is too large', JSON.stringify({ Pod: web, NodeNames: ['x'.repeat(1e6)] })],
    ['refused', 'a request without nodes', { Pod: web }],
  ])('is counted as %s: %s', async (outcome, _what, body) => {
    const before = await requests('filter', outcome);
    await post('filter', body);
    await vi.waitFor(async () => expect(await requests('filter', outcome)).toBe(before + 1), WAIT);
  });

  it('is counted as failed where the extender is to blame', async () => {
    const snapshot = vi.spyOn(context.view, 'snapshot').mockImplementation(() => {
      throw new Error('a defect');
    });
    expect(await post('preempt', { Pod: web, NodeNameToMetaVictims: {} })).toEqual({ error: 'internal error' });
    snapshot.mockRestore();
    await vi.waitFor(async () => expect(await requests('preempt', 'failed')).toBe(1), WAIT);
  });
});

describe('preempt', () => {
  const uids = (...list: string[]) => ({ Pods: list.map((UID) => ({ UID })), NumPDBViolations: 1 });

  it('keeps the nodes that filter would let pass, with their victims', async () => {
    const NodeNameToMetaVictims = { n1: uids('a', 'b'), far: uids('c') };
    expect(await post('preempt', { Pod: web, NodeNameToVictims: null, NodeNameToMetaVictims })).toEqual({
      NodeNameToMetaVictims: { n1: uids('a', 'b') },
    });
  });

  it('answers uids where it is sent whole pods', async () => {
    const victim = makePod('victim');
    const Pods = [{ ...victim, metadata: { ...victim.metadata, uid: 'a' } }];
    const NodeNameToVictims = { n1: { Pods, NumPDBViolations: 1 }, far: { Pods: null, NumPDBViolations: 0 } };
    expect(await post('preempt', { Pod: web, NodeNameToVictims })).toEqual({
      NodeNameToMetaVictims: { n1: uids('a') },
    });
  });

  it('refuses a request without victims', async () => {
    expect(await post('preempt', { Pod: web })).toEqual({ error: expect.stringMatching(/NodeNameToMetaVictims/) });
  });
});

describe('while the cluster is not read yet', () => {
  it('everything passes and scores the same, and counts as neutral and not as decided', async () => {
    notReady = 'waiting for pods';
    const decisions = decided.mock.calls.length;
    const before = await requests('prioritize', 'neutral');
    expect((await post('filter', { Pod: web, NodeNames: ['n1', 'far'] })).NodeNames).toEqual(['n1', 'far']);
    expect(await post('prioritize', { Pod: web, NodeNames: ['n0', 'far'] })).toEqual([
      { Host: 'n0', Score: 50 },
      { Host: 'far', Score: 50 },
    ]);
    await vi.waitFor(async () => expect(await requests('prioritize', 'neutral')).toBe(before + 1), WAIT);
    expect(decided).toHaveBeenCalledTimes(decisions);
    notReady = undefined;
  });
});

describe('a scheduler that gave up', () => {
  const body = JSON.stringify({ Pod: web, NodeNames: ['n1', 'n2'] });
  const head = `POST /scheduler/prioritize HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`;

  it('before the request was complete is counted, and nothing is decided', async () => {
    await post('filter', { Pod: web, NodeNames: ['n1', 'n2'] });
    const decisions = decided.mock.calls.length;
    const socket = connect(port, '127.0.0.1');
    // The whole request, and the end of the connection with it: both are read at once.
    socket.end(head + body);
    await vi.waitFor(async () => expect(await requests('prioritize', 'aborted')).toBe(1), WAIT);
    expect(decided).toHaveBeenCalledTimes(decisions);
  });

  it('while the extender was busy is counted too, though the answer could still be written', async () => {
    await post('filter', { Pod: web, NodeNames: ['n1', 'n2'] });
    const decisions = decided.mock.calls.length;
    const before = await requests('prioritize', 'aborted');
    const gaveUp = new Int32Array(new SharedArrayBuffer(4));
    const client = new Worker(
      `const { workerData: { port, text, gaveUp } } = require('node:worker_threads');
       const socket = require('node:net').connect(port, '127.0.0.1', () => socket.write(text, () => socket.destroy()));
       socket.on('close', () => { Atomics.store(gaveUp, 0, 1); Atomics.notify(gaveUp, 0); });`,
      { eval: true, workerData: { port, text: head + body, gaveUp } },
    );
    // Busy until the client is gone: this thread serves nothing meanwhile.
    expect(Atomics.wait(gaveUp, 0, 0, GIVE_UP_MS)).not.toBe('timed-out');
    await vi.waitFor(async () => expect(await requests('prioritize', 'aborted')).toBe(before + 1), WAIT);
    expect(decided).toHaveBeenCalledTimes(decisions);
    await client.terminate();
  });
});
