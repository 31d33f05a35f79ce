import { setTimeout as sleep } from 'node:timers/promises';
import { Watch } from '@kubernetes/client-node';
import { z } from 'zod';
import { appGroupManifest, podOf } from '#benchmark/manifests.ts';
import { SMALL, workload } from '#benchmark/presets/workload.ts';
import { APP_GROUP, NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import { type NetworkTopologySlice, networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { AppError } from '#core/errors.ts';
import { quantile } from '#core/statistics.ts';
import { loadKubeConfig } from '#runtime/kubernetes/client.ts';
import { type Agents, metricIn } from './agents.ts';
import { type BenchCluster, type ServedProcess, startService } from './bench-cluster.ts';
import { INTERVAL_MS } from './load.ts';
import type { RecordedLinks } from './recorded-links.ts';
import type { FreshnessResult, Times } from './result.ts';

const NAMESPACE = 'default';
const GRAPH = {
  name: 'visibility',
  front: 'web',
  workloads: [workload('web', SMALL, { db: 1 }), workload('db', SMALL)],
};
const LEVELS_MICROSECONDS = [40_000, 5000] as const;
/** A link that is watched steps so often, with two probes at each level. */
const STEP_MS = 4000;
/** As many probes of each link as its window holds, so that levels, jitter and loss are those of a network that goes on as it is. */
const ROUNDS_BEFORE = 12;
/** Two rounds of coordinates: the slices that they change are written then. */
const SETTLE_MS = 35_000;
const POLL_MS = 10;
const WAIT_MS = 10_000;
/** Of all links, each hour, in the stepping network. */
const STEPS_PER_LINK_AND_HOUR = 1;

/**
 * How long a step of a link takes from the report that confirms it to the extender's answer, while all nodes report at their
 * interval; and how much the aggregator writes meanwhile.
 */
export async function measureFreshness(
  cluster: BenchCluster,
  agents: Agents,
  links: RecordedLinks,
  seconds: number,
): Promise<FreshnessResult> {
  await agents.fetchPlans();
  const { names } = cluster;
  const { destination, origins } = mostProbed(agents, names.length);
  await createApp(cluster, names[destination] as string);
  const extender = await startService('extender', cluster.kubeconfig);
  const watched = new Set(origins);
  const isOrdinary = (node: number) => !watched.has(node);
  await fillWindows(agents, isOrdinary);
  const ordinary = reportAtInterval(agents, names.length, isOrdinary);
  try {
    await sleep(SETTLE_MS);
    const quiet = await writesPerSecond(cluster.aggregator, seconds * 1000);
    const answers = watchAnswers(extender, origins, names);
    const slices = await watchSlices(cluster, names[destination] as string);
    const steps = await Promise.all(
      origins.map((origin, turn) =>
        stepAgainAndAgain({
          agents,
          names,
          origin,
          destination,
          answers,
          slices,
          seconds,
          turn,
          turns: origins.length,
        }),
      ),
    );
    answers.stop();
    slices.stop();
    links.stepShare = (STEPS_PER_LINK_AND_HOUR * INTERVAL_MS) / 3_600_000;
    await sleep(INTERVAL_MS);
    const stepping = await writesPerSecond(cluster.aggregator, seconds * 1000);
    const all = steps.flat();
    return {
      nodes: names.length,
      toSlice: timesOf(all.flatMap(({ sliceMs }) => sliceMs ?? [])),
      toAnswer: timesOf(all.flatMap(({ answerMs }) => answerMs ?? [])),
      missed: all.filter(({ answerMs }) => answerMs === undefined).length,
      writesPerSecond: { quiet, stepping },
    };
  } finally {
    links.stepShare = 0;
    ordinary.stop();
    await extender.stop();
  }
}

/** The node that most others probe. */
function mostProbed(agents: Agents, nodes: number): { destination: number; origins: number[] } {
  const origins = new Map<number, number[]>();
  for (let origin = 0; origin < nodes; origin += 1) {
    for (const peer of agents.peersOf(origin)) origins.set(peer, [...(origins.get(peer) ?? []), origin]);
  }
  const [most] = [...origins].toSorted(([, a], [, b]) => b.length - a.length);
  if (most === undefined) throw new AppError('FAILED', 'no node is probed');
  return { destination: most[0], origins: most[1] };
}

/** An app of which one workload is placed, so that the extender's answer for the other is of the links to its node. */
async function createApp({ client }: BenchCluster, node: string): Promise<void> {
  await client.create(resourcePath(APP_GROUP, NAMESPACE), appGroupManifest(GRAPH, NAMESPACE));
  const placed = podOf(GRAPH, 'db', { podName: 'db', namespace: NAMESPACE, schedulerName: 'nobody', seed: 0 });
  const { spec } = placed as { spec: object };
  await client.create(`/api/v1/namespaces/${NAMESPACE}/pods`, { ...placed, spec: { ...spec, nodeName: node } });
}

/** What the nodes would have reported until now. */
async function fillWindows(agents: Agents, isOrdinary: (node: number) => boolean): Promise<void> {
  const nowMs = Date.now();
  for (let before = ROUNDS_BEFORE; before > 0; before -= 1) {
    const measuredAtMs = nowMs - before * INTERVAL_MS;
    await agents.sendRound((node) => (isOrdinary(node) ? agents.measurements(node, measuredAtMs) : []));
  }
}

/** Every node's report at its own moment of the interval. */
function reportAtInterval(agents: Agents, nodes: number, isOrdinary: (node: number) => boolean): { stop(): void } {
  let node = 0;
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / INTERVAL_MS) * nodes;
    for (; sent < due; sent += 1) {
      node = (node + 1) % nodes;
      if (isOrdinary(node)) agents.send(node, agents.measurements(node, Date.now())).catch(() => undefined);
    }
  }, 5);
  return { stop: () => clearInterval(timer) };
}

async function writesPerSecond({ url }: ServedProcess, ms: number): Promise<number> {
  const count = async () =>
    metricIn(await (await fetch(`${url}/metrics`)).text(), 'netaware_aggregator_api_writes_total');
  const before = await count();
  await sleep(ms);
  return ((await count()) - before) / (ms / 1000);
}

interface Steps {
  agents: Agents;
  names: readonly string[];
  origin: number;
  destination: number;
  answers: Answers;
  slices: Slices;
  seconds: number;
  turn: number;
  turns: number;
}

interface Step {
  sliceMs?: number | undefined;
  answerMs?: number | undefined;
}

async function stepAgainAndAgain(options: Steps): Promise<Step[]> {
  const { agents, names, origin, destination, answers, slices, seconds, turn, turns } = options;
  const report = (rtt: number) => {
    const measurements = agents.measurements(origin, Date.now());
    return agents.send(
      origin,
      measurements.map((each) =>
        each.kind === 'rtt' && each.destination === names[destination] ? { ...each, rttMicroseconds: rtt } : each,
      ),
    );
  };
  const steps: Step[] = [];
  await sleep((STEP_MS * turn) / turns);
  for (let step = 0; step < (seconds * 1000) / STEP_MS; step += 1) {
    const rtt = LEVELS_MICROSECONDS[step % 2] as number;
    const startedAt = performance.now();
    await report(rtt);
    await sleep(STEP_MS / 2);
    // Listened to before it can happen.
    const seen = [slices.next(origin, names, rtt), step === 0 ? undefined : answers.next(origin)] as const;
    const sentAt = performance.now();
    await report(rtt);
    const [slice, answer] = await Promise.all(seen);
    // The first brings the link to a level from which steps are told apart.
    if (step > 0) steps.push({ sliceMs: since(sentAt, slice), answerMs: since(sentAt, answer) });
    await sleep(Math.max(0, startedAt + STEP_MS - performance.now()));
  }
  return steps;
}

function since(startedAt: number, atMs: number | undefined): number | undefined {
  return atMs === undefined ? undefined : atMs - startedAt;
}

interface Answers {
  /** When the node's score will be another than it is by more than noise; undefined where it never is. */
  next(origin: number): Promise<number | undefined>;
  stop(): void;
}

const SCORE_NOISE = 5;
const hostPriorities = z.array(z.object({ Host: z.string(), Score: z.number() }));

/** Asks the extender for the scores of the origins, again and again. */
function watchAnswers(extender: ServedProcess, origins: readonly number[], names: readonly string[]): Answers {
  const scores = new Map<number, number>();
  let waiting: { origin: number; before: number; resolve(atMs: number): void }[] = [];
  let stopped = false;
  const pod = podOf(GRAPH, 'web', { podName: 'web', namespace: NAMESPACE, schedulerName: 'nobody', seed: 0 });
  const body = JSON.stringify({ Pod: pod, NodeNames: origins.map((origin) => names[origin]) });

  async function poll(): Promise<void> {
    while (!stopped) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${extender.url}/scheduler/prioritize`, { method: 'POST', headers, body });
      const answer = hostPriorities.parse(await response.json());
      const atMs = performance.now();
      for (const [position, { Score }] of answer.entries()) scores.set(origins[position] as number, Score);
      waiting = waiting.filter(({ origin, before, resolve }) => {
        if (Math.abs((scores.get(origin) as number) - before) < SCORE_NOISE) return true;
        resolve(atMs);
        return false;
      });
      await sleep(POLL_MS);
    }
  }
  const polling = poll();
  polling.catch(() => undefined);
  return {
    next: (origin) =>
      Promise.race([
        new Promise<number>((resolve) => {
          waiting.push({ origin, before: scores.get(origin) ?? Number.NaN, resolve });
        }),
        polling.then(() => undefined),
        sleep(WAIT_MS, undefined, { ref: false }),
      ]),
    stop: () => {
      stopped = true;
    },
  };
}

interface Slices {
  /** When the origin's slice had the RTT; undefined where it never had. */
  next(origin: number, names: readonly string[], rtt: number): Promise<number | undefined>;
  stop(): void;
}

/** Notes when slices are seen to have changed, at the API server. */
async function watchSlices({ kubeconfig }: BenchCluster, destination: string): Promise<Slices> {
  let waiting: { name: string; rtt: number; resolve(atMs: number): void }[] = [];
  const onEvent = (_phase: string, object: unknown) => {
    const result = networkTopologySlice.safeParse(object);
    if (!result.success) return;
    const slice: NetworkTopologySlice = result.data;
    const atMs = performance.now();
    const rtt = slice.links.find((link) => link.destination === destination)?.rttMicroseconds;
    waiting = waiting.filter((each) => {
      if (each.name !== slice.origin || each.rtt !== rtt) return true;
      each.resolve(atMs);
      return false;
    });
  };
  const path = resourcePath(NETWORK_TOPOLOGY_SLICE);
  const controller = await new Watch(loadKubeConfig(kubeconfig)).watch(path, {}, onEvent, () => undefined);
  return {
    next: (origin, names, rtt) =>
      Promise.race([
        new Promise<number>((resolve) => void waiting.push({ name: names[origin] as string, rtt, resolve })),
        sleep(WAIT_MS, undefined, { ref: false }),
      ]),
    stop: () => controller.abort(),
  };
}

function timesOf(ms: readonly number[]): Times {
  const at = (q: number) => quantile(ms, q) ?? Number.NaN;
  return { count: ms.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
