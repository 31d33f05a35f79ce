import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { appGroupOf } from '#benchmark/manifests.ts';
import { ONLINE_BOUTIQUE } from '#benchmark/presets/online-boutique.ts';
import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { API_VERSION, APP_GROUP_LABEL, WORKLOAD_LABEL } from '#core/api/names.ts';
import { createRandom } from '#core/random.ts';
import { quantile } from '#core/statistics.ts';
import { createLogger } from '#runtime/logger.ts';
import { loadConfig } from '#scheduler-extender/config.ts';
import { startExtender } from '#scheduler-extender/main.ts';

// Time to answer one call of the scheduler over HTTP (names only, connection kept), for 11 workloads × 10 placed replicas:
// filter of all nodes, prioritize of those that filter leaves, prioritize of all nodes, and filter of all nodes where every call
// has all limits and reserves bandwidth.

const NODE_COUNTS = [1000, 2500, 5000];
const LINKS_PER_NODE = 32;
const REPLICAS = 10;
const CALLS = 1000;
const WARM_UP_CALLS = 100;
const RUNS = 5;
const GROUPS = { plain: ONLINE_BOUTIQUE.name, limited: `${ONLINE_BOUTIQUE.name}-limited` };
const LIMITS = {
  maxLatencyMicroseconds: 30_000,
  minBandwidth: '1M',
  maxLossPartsPerMillion: 1000,
  maxNetworkCost: 80,
};

const folder = mkdtempSync(join(tmpdir(), 'netaware-bench-'));
try {
  print(`over HTTP, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}; median of ${RUNS} runs`);
  print('nodes  call                  p50 ms  p99 ms');
  for (const count of NODE_COUNTS) {
    for (const { call, p50Ms, p99Ms } of await measure(count)) {
      print(`${String(count).padStart(5)}  ${call.padEnd(20)}  ${inMs(p50Ms)}  ${inMs(p99Ms)}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

function inMs(value: number): string {
  return value.toFixed(2).padStart(6);
}

interface Measured {
  call: string;
  p50Ms: number;
  p99Ms: number;
}

async function measure(nodeCount: number): Promise<Measured[]> {
  const file = join(folder, `${nodeCount}.json`);
  const random = createRandom(nodeCount);
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: makeState(nodeCount, random) }));
  const config = loadConfig({ host: '127.0.0.1', port: 0, state: [file] }, {});
  const extender = await startExtender(config, createLogger('bench', 'warn'));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const nodes = Array.from({ length: nodeCount }, (_, node) => `n${node}`);
  const podsOf = (group: string) => ONLINE_BOUTIQUE.workloads.map(({ name }) => makePod(name, 'new', group));
  const pods = podsOf(GROUPS.plain);
  const left = await Promise.all(
    pods.map(async (Pod) => {
      const answer = await post(extender.port, 'filter', JSON.stringify({ Pod, NodeNames: nodes }), agent);
      return (JSON.parse(answer) as { NodeNames: string[] }).NodeNames;
    }),
  );
  const bodiesFor = (names: (pod: number) => string[], group = GROUPS.plain) =>
    podsOf(group).map((Pod, pod) => JSON.stringify({ Pod, NodeNames: names(pod) }));
  const calls = [
    { call: 'filter', verb: 'filter', bodies: bodiesFor(() => nodes) },
    { call: 'prioritize what left', verb: 'prioritize', bodies: bodiesFor((pod) => left[pod] ?? []) },
    { call: 'prioritize all', verb: 'prioritize', bodies: bodiesFor(() => nodes) },
    { call: 'filter with limits', verb: 'filter', bodies: bodiesFor(() => nodes, GROUPS.limited) },
  ];
  const measured: Measured[] = [];
  for (const { call, verb, bodies } of calls) {
    const runs: number[][] = [];
    for (let run = 0; run < RUNS; run++) runs.push(await timeCalls(extender.port, verb, bodies, agent));
    measured.push({ call, p50Ms: medianOfRuns(runs, 0.5), p99Ms: medianOfRuns(runs, 0.99) });
  }
  agent.destroy();
  await extender.stop();
  return measured;
}

async function timeCalls(port: number, verb: string, bodies: readonly string[], agent: Agent): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < CALLS + WARM_UP_CALLS; call++) {
    const startedAt = performance.now();
    await post(port, verb, bodies[call % bodies.length] ?? '', agent);
    if (call >= WARM_UP_CALLS) times.push(performance.now() - startedAt);
  }
  return times;
}

function medianOfRuns(runs: readonly number[][], q: number): number {
  const quantiles = runs.map((times) => quantile(times, q) ?? Number.NaN);
  return quantile(quantiles, 0.5) ?? Number.NaN;
}

/** Ten zones in two regions; each node measured 32 others; the app's replicas anywhere. */
function makeState(nodeCount: number, random: () => number): object[] {
  const now = new Date().toISOString();
  const nodes = Array.from({ length: nodeCount }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `n${index}`, labels: { [ZONE_LABEL]: `z${index % 10}`, [REGION_LABEL]: `r${index % 2}` } },
  }));
  const slices = nodes.map(({ metadata: { name } }, origin) => ({
    apiVersion: API_VERSION,
    kind: 'NetworkTopologySlice',
    metadata: { name },
    origin: name,
    links: Array.from({ length: LINKS_PER_NODE }, (_, link) => ({
      destination: `n${(origin + 1 + link * 7) % nodeCount}`,
      rttMicroseconds: Math.round(200 + random() * 40_000),
      lossPartsPerMillion: 0,
      bandwidthBitsPerSecond: Math.round(1e8 + random() * 9e8),
      rttMeasuredAt: now,
      bandwidthMeasuredAt: now,
      samples: 70,
    })),
  }));
  const pods = Object.values(GROUPS).flatMap((group) =>
    ONLINE_BOUTIQUE.workloads.flatMap(({ name }) =>
      Array.from({ length: REPLICAS }, (_, replica) => {
        const pod = makePod(name, String(replica), group);
        return { ...pod, spec: { ...pod.spec, nodeName: `n${Math.floor(random() * nodeCount)}` } };
      }),
    ),
  );
  return [...nodes, ...slices, ...pods, appGroupOf(ONLINE_BOUTIQUE, 'default'), limitedGroup()];
}

/** The same calls, each with every limit. */
function limitedGroup(): object {
  const { metadata, spec, ...group } = appGroupOf(ONLINE_BOUTIQUE, 'default');
  const workloads = spec.workloads.map(({ dependencies, ...workload }) => ({
    ...workload,
    dependencies: dependencies.map((dependency) => ({ ...dependency, ...LIMITS })),
  }));
  return { ...group, metadata: { ...metadata, name: GROUPS.limited }, spec: { ...spec, workloads } };
}

function makePod(workload: string, suffix: string, group: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${group}-${workload}-${suffix}`,
      namespace: 'default',
      labels: { [APP_GROUP_LABEL]: group, [WORKLOAD_LABEL]: workload },
    },
    spec: { containers: [] },
  };
}

function post(port: number, verb: string, body: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = `/scheduler/${verb}`;
    const call = request({ host: '127.0.0.1', port, path, method: 'POST', agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${response.statusCode} ${text}`));
      });
    });
    call.once('error', reject);
    call.end(body);
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
