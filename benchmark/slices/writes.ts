import { Aggregation } from '#aggregator/aggregation.ts';
import { type MaterialChange, materialChange } from '#aggregator/publishing/material-change.ts';
import { SliceWriter } from '#aggregator/publishing/slice-writer.ts';
import { networkTopologySpec } from '#core/api/network-topology.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { quantile } from '#core/statistics.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { makeNoisyNetwork, type NoisyNetwork } from './network.ts';
import { REASONS, type SCENARIOS, type WritesRun } from './result.ts';

export interface WritesOptions {
  nodes: number;
  scenario: (typeof SCENARIOS)[number];
  minutes: number;
  peers: number;
  seed: number;
}

/** The aggregator's default. */
const WRITE_INTERVAL_MS = 2000;
const START_MS = Date.UTC(2026, 0, 1);
/** Until windows are full and every turn is as the one before. */
const WARM_UP_MINUTES = 15;
const REPORTING = 100;
/** To what a level goes: by as much as a link's own jitter may be, or from 40 to 5 ms. */
const STEP_FACTORS: Partial<Record<WritesOptions['scenario'], number>> = { step: 1.5, fall: 1 / 8 };
/** Within a turn, so that the links that take the step are measured before and after it. */
const STEP_AFTER_INTERVALS = 20;
/** A node is away for so many intervals, and one after the other is. */
const AWAY_INTERVALS = 4;
const BATCH_SHARE = 0.02;

/** Writes of slices within the minutes, by the aggregator's own code on a simulated clock. */
export async function measureWrites({ nodes, scenario, minutes, peers, seed }: WritesOptions): Promise<WritesRun> {
  const spec = networkTopologySpec.parse({ probe: { peersPerNode: peers, bandwidth: { bytesPerHour: 0 } } });
  const { intervalSeconds } = spec.probe;
  const network = makeNoisyNetwork(nodes, seed);
  const origins = sample(network, REPORTING);
  const aggregation = new Aggregation({ changed() {}, measured() {}, rejected() {}, leaseEnded() {} });
  aggregation.updateCluster(network.nodes, spec, START_MS);
  let nowMs = START_MS;
  const recorder = new WriteRecorder(() => nowMs, spec);
  const writer = new SliceWriter(recorder.client, aggregation, WRITE_INTERVAL_MS, () => nowMs);
  const intervals = (60 * (WARM_UP_MINUTES + minutes)) / intervalSeconds;
  const warmUp = (60 * WARM_UP_MINUTES) / intervalSeconds;
  const stepAt = warmUp + STEP_AFTER_INTERVALS;
  const stepped = steppedPair(network);
  const stepFactor = STEP_FACTORS[scenario];
  for (let interval = 0; interval < intervals; interval += 1) {
    if (interval === warmUp) recorder.start();
    if (stepFactor !== undefined && interval === stepAt) recorder.expectStep(nowMs, stepFactor, stepped.isOn);
    if (scenario === 'restarts' && interval >= warmUp) restart(aggregation, network, spec, interval - warmUp, nowMs);
    aggregation.tick(nowMs);
    for (const origin of origins) {
      const lift = (destination: string) => {
        const isStepped = stepFactor !== undefined && interval >= stepAt && stepped.isOn(origin, destination);
        return isStepped ? stepFactor : 1;
      };
      reportAll(aggregation, network, origin, nowMs, lift);
    }
    nowMs += intervalSeconds * 1000;
    aggregation.age(nowMs);
    await writer.write(nowMs);
  }
  return {
    nodes,
    scenario,
    reporting: origins.length,
    minutes,
    ...recorder.result(nodes, origins.length, minutes, intervalSeconds),
  };
}

/** Evenly over the nodes, and so over the zones. */
function sample({ nodes }: NoisyNetwork, count: number): string[] {
  const stride = Math.max(1, nodes.length / count);
  return Array.from(
    { length: Math.min(count, nodes.length) },
    (_, index) => (nodes[Math.floor(index * stride)] as { name: string }).name,
  );
}

/** The first and the last zone, whose links are among the longest. */
function steppedPair({ nodes, zoneOf }: NoisyNetwork): { isOn(origin: string, destination: string): boolean } {
  const zones = [...new Set(nodes.map(({ name }) => zoneOf(name)))].toSorted();
  const [one, other] = [zones[0], zones.at(-1)];
  return { isOn: (origin, destination) => zoneOf(origin) === one && zoneOf(destination) === other };
}

function reportAll(
  aggregation: Aggregation,
  network: NoisyNetwork,
  origin: string,
  nowMs: number,
  lift: (destination: string) => number,
): void {
  const peers = aggregation.planFor(origin, nowMs)?.peers ?? [];
  if (peers.length === 0) return;
  const measurements = peers.map(({ node }) => network.probe(origin, node, nowMs, lift(node)));
  aggregation.takeReport({ node: origin, measurements }, nowMs);
}

/** One batch of nodes after another is not Ready for a while. */
function restart(
  aggregation: Aggregation,
  { nodes }: NoisyNetwork,
  spec: Aggregation['spec'],
  interval: number,
  nowMs: number,
): void {
  if (interval % AWAY_INTERVALS !== 0) return;
  const batch = Math.ceil(nodes.length * BATCH_SHARE);
  const first = (interval / AWAY_INTERVALS) * batch;
  const isAway = (index: number) => index >= first && index < first + batch;
  aggregation.updateCluster(
    nodes.map((node, index) => ({ ...node, ready: !isAway(index) })),
    spec,
    nowMs,
  );
}

/** Stands for the API server: counts what is written, and why. */
class WriteRecorder {
  readonly #now: () => number;
  readonly #spec: Aggregation['spec'];
  readonly #stored = new Map<string, NetworkTopologySlice>();
  #counts = new Map<MaterialChange, number>();
  #step:
    | {
        atMs: number;
        factor: number;
        isOn(origin: string, destination: string): boolean;
        awaited: Set<string>;
        all: number;
        toldAfterMs: number[];
      }
    | undefined;

  constructor(now: () => number, spec: Aggregation['spec']) {
    this.#now = now;
    this.#spec = spec;
  }

  get client(): KubernetesClient {
    const apply = (_path: string, _manager: string, body: object) =>
      Promise.resolve(this.#take(body as NetworkTopologySlice));
    return { apply, delete: () => Promise.resolve() } as unknown as KubernetesClient;
  }

  /** Forgets what was counted. */
  start(): void {
    this.#counts = new Map();
  }

  /** From now on the links of a zone pair are `factor` times as long; whose slices have one? */
  expectStep(atMs: number, factor: number, isOn: (origin: string, destination: string) => boolean): void {
    const has = ({ origin, links }: NetworkTopologySlice) => links.some(({ destination }) => isOn(origin, destination));
    const awaited = new Set([...this.#stored.values()].filter(has).map(({ origin }) => origin));
    this.#step = { atMs, factor, isOn, awaited, all: awaited.size, toldAfterMs: [] };
  }

  result(nodes: number, reporting: number, minutes: number, intervalSeconds: number) {
    const writes = Object.fromEntries(
      REASONS.map((reason) => [reason, this.#counts.get(reason) ?? 0]),
    ) as WritesRun['writes'];
    const total = Object.values(writes).reduce((sum, count) => sum + count, 0);
    const step = this.#step && {
      slices: this.#step.all,
      told: this.#step.all - this.#step.awaited.size,
      medianIntervals: (quantile(this.#step.toldAfterMs, 0.5) ?? 0) / (1000 * intervalSeconds),
      slowestIntervals: Math.max(0, ...this.#step.toldAfterMs) / (1000 * intervalSeconds),
    };
    return {
      writes,
      perNodeAndHour: (60 * total) / (reporting * minutes),
      perMinute: (total * nodes) / (reporting * minutes),
      ...(step && { step }),
    };
  }

  #take(slice: NetworkTopologySlice): void {
    const before = this.#stored.get(slice.origin);
    const nowMs = this.#now();
    const reason = materialChange(before, slice, this.#spec.probe, { nowMs, listeningSinceMs: START_MS });
    if (reason !== undefined) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    this.#stored.set(slice.origin, slice);
    if (before !== undefined) this.#lookForStep(before, slice, nowMs);
  }

  #lookForStep(before: NetworkTopologySlice, after: NetworkTopologySlice, nowMs: number): void {
    const step = this.#step;
    if (step === undefined || !step.awaited.has(after.origin)) return;
    const levels = new Map(before.links.map(({ destination, rttMicroseconds }) => [destination, rttMicroseconds ?? 0]));
    const isTold = after.links.some(({ destination, rttMicroseconds = 0 }) => {
      const level = levels.get(destination);
      return (
        level !== undefined &&
        step.isOn(after.origin, destination) &&
        (rttMicroseconds / level - 1) / (step.factor - 1) > 0.5
      );
    });
    if (!isTold) return;
    step.awaited.delete(after.origin);
    step.toldAfterMs.push(nowMs - step.atMs);
  }
}
