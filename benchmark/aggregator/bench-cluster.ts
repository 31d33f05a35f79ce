import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { type ChildProcess, startChild } from '#benchmark/scheduler/child-process.ts';
import type { Zone } from '#benchmark/scheduler/zoned-network.ts';
import { NETWORK_TOPOLOGY, resourcePath } from '#core/api/custom-resources.ts';
import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { API_VERSION, DEFAULT_TOPOLOGY } from '#core/api/names.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';
import { writeKubeconfig } from '#lab/kubeconfig.ts';
import { until } from '#lab/until.ts';
import { createKubernetesClient, type KubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';

const ROOT = join(import.meta.dirname, '../..');
const START_MS = 120_000;
const API_TIMEOUT_MS = 60_000;
const CREATED_AT_ONCE = 16;
/** Of which the goals speak: twice the default. */
const PEERS_PER_NODE = 32;

export interface ServedProcess extends ChildProcess {
  url: string;
}

/** The lab's embedded API server with fake nodes, and the aggregator as it is shipped: processes of their own. */
export interface BenchCluster {
  client: KubernetesClient;
  kubeconfig: string;
  names: string[];
  aggregator: ServedProcess;
  stop(): Promise<void>;
}

export async function startBenchCluster(nodes: number, zoneOf: (node: number) => Zone): Promise<BenchCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'netaware-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const children: ChildProcess[] = [];
  const stop = async () => {
    for (const child of children.toReversed()) await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const config = join(folder, 'control-plane.json');
    await writeFile(config, JSON.stringify({ port: 0 }));
    const apiServer = startChild(process.execPath, [join(ROOT, 'lab/control-plane/main.ts'), '--config', config]);
    children.push(apiServer);
    const server = await urlOf('the API server', apiServer, '/readyz');
    const kubeconfig = join(folder, 'kubeconfig');
    await writeKubeconfig(kubeconfig, { server });
    const client = createKubernetesClient(loadKubeConfig(kubeconfig), { timeoutMs: API_TIMEOUT_MS });
    const names = Array.from({ length: nodes }, (_, index) => `node-${String(index).padStart(5, '0')}`);
    await client.create(resourcePath(NETWORK_TOPOLOGY), {
      apiVersion: API_VERSION,
      kind: NETWORK_TOPOLOGY.kind,
      metadata: { name: DEFAULT_TOPOLOGY },
      spec: { probe: { peersPerNode: PEERS_PER_NODE } },
    });
    const waiting = names.entries();
    const create = async () => {
      for (const [index, name] of waiting) await client.create('/api/v1/nodes', fakeNode(name, index, zoneOf(index)));
    };
    await Promise.all(Array.from({ length: CREATED_AT_ONCE }, create));
    const aggregator = await startService('aggregator', kubeconfig, ['--audit-bindings', 'false']);
    children.push(aggregator);
    return { client, kubeconfig, names, aggregator, stop };
  } catch (err) {
    await stop();
    throw err;
  }
}

/** A netaware service, started as its image starts it; resolves when it is ready. */
export async function startService(
  name: 'aggregator' | 'extender',
  kubeconfig: string,
  more: readonly string[] = [],
): Promise<ServedProcess> {
  const image = await imageOf(name);
  const command = [...image.flags, join(ROOT, 'cli/service.ts'), name];
  const env = { ...image.env, NODE_COMPILE_CACHE: join(dirname(kubeconfig), 'compiled') };
  // As the image does when it is built: what the service loads is compiled.
  await execa(process.execPath, [...command, '--kubeconfig', '/dev/null'], { env, reject: false });
  const listen = ['--host', '127.0.0.1', '--port', '0'];
  const child = startChild(process.execPath, [...command, '--kubeconfig', kubeconfig, ...listen, ...more], env);
  try {
    return { ...child, url: await urlOf(`the ${name}`, child, '/readyz') };
  } catch (err) {
    await child.stop();
    throw err;
  }
}

/** Node's flags and the environment that the image sets for its service. */
async function imageOf(image: string): Promise<{ flags: string[]; env: Record<string, string> }> {
  const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
  const stage = new RegExp(`^FROM \\S+ AS ${image}\n([^]*?)^ENTRYPOINT (.*)$`, 'm').exec(dockerfile);
  const [, instructions = '', entrypoint = 'null'] = stage ?? [];
  const words = parseInput(z.array(z.string()), JSON.parse(entrypoint), `Dockerfile: ENTRYPOINT of ${image}`);
  const settings = [...instructions.matchAll(/^ENV (\w+)=(\S+)$/gm)];
  return {
    flags: words.filter((word) => word.startsWith('--')),
    env: Object.fromEntries(settings.map(([, name, value]) => [name, value])),
  };
}

/** Where the process listens, by the port in its JSON log, once it is ready. */
async function urlOf(what: string, child: ChildProcess, readyPath: string): Promise<string> {
  const url = () => {
    const port = /"port":(\d+)/.exec(child.log())?.[1];
    return port === undefined ? undefined : `http://127.0.0.1:${port}`;
  };
  const ready = until(`${what} is ready`, START_MS, async () => {
    const base = url();
    if (base === undefined) return 'it does not listen yet';
    const response = await fetch(base + readyPath);
    return response.ok ? undefined : await response.text();
  });
  await Promise.race([ready, child.ended]);
  const found = url();
  if (found === undefined) throw new AppError('FAILED', `${what} told no port`);
  return found;
}

function fakeNode(name: string, index: number, zone: Zone): object {
  const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
  const resources = { cpu: '4', memory: '16Gi', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { [ZONE_LABEL]: zone.name, [REGION_LABEL]: zone.region } },
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}
