import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type Measurement, probePlan, reportReceipt } from '#core/api/agent.ts';
import { AppError } from '#core/errors.ts';
import type { RecordedLinks } from './recorded-links.ts';

/** Reports under way at once where they are sent as fast as they are taken. */
const CONNECTIONS = 32;

/** The agents of all nodes, which send what their links would have them measure. */
export interface Agents {
  /** Asks for the plans, which change now and then. */
  fetchPlans(): Promise<void>;
  /** Positions of the peers of a node. */
  peersOf(node: number): readonly number[];
  measurements(node: number, measuredAtMs: number): Measurement[];
  /** Resolves with the answer; `taken` is whether all was accepted. */
  send(node: number, measurements: readonly Measurement[]): Promise<{ taken: boolean }>;
  /** One report of each node as fast as they are taken; of `make`'s measurements. Answers how many failed. */
  sendRound(make: (node: number) => Measurement[]): Promise<{ samples: number; failed: number }>;
  stop(): void;
}

export function simulateAgents(url: string, names: readonly string[], links: RecordedLinks): Agents {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const positions = new Map(names.map((name, position) => [name, position]));
  const peers: number[][] = names.map(() => []);

  async function call(path: string, body?: string): Promise<{ status: number; answer: string }> {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = { 'content-type': 'application/json' };
    const call = request(`${url}${path}`, { method, agent, headers });
    call.end(body);
    const [response] = await once(call, 'response');
    return { status: response.statusCode, answer: await text(response) };
  }

  /** All nodes, several at a time. */
  async function forEachNode(work: (node: number) => Promise<void>): Promise<void> {
    const waiting = names.keys();
    const worker = async () => {
      for (const node of waiting) await work(node);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  }

  async function send(node: number, measurements: readonly Measurement[]): Promise<{ taken: boolean }> {
    const { status, answer } = await call('/v1/reports', JSON.stringify({ node: names[node], measurements }));
    const receipt = status === 200 ? reportReceipt.parse(JSON.parse(answer)) : undefined;
    return { taken: receipt?.accepted === measurements.length };
  }

  return {
    fetchPlans: () =>
      forEachNode(async (node) => {
        const { status, answer } = await call(`/v1/probe-plan?node=${names[node]}`);
        if (status !== 200) throw new AppError('FAILED', `no plan for ${names[node]}: ${status} ${answer}`);
        const plan = probePlan.pick({ peers: true }).parse(JSON.parse(answer));
        peers[node] = plan.peers.map((peer) => positions.get(peer.node) as number);
      }),
    peersOf: (node) => peers[node] ?? [],
    measurements: (node, measuredAtMs) =>
      (peers[node] ?? []).map((peer) => links.probe(node, peer, names, measuredAtMs)),
    send,
    sendRound: async (make) => {
      let [samples, failed] = [0, 0];
      await forEachNode(async (node) => {
        const measurements = make(node);
        const { taken } = await send(node, measurements);
        samples += measurements.length;
        if (!taken) failed += 1;
      });
      return { samples, failed };
    },
    stop: () => agent.destroy(),
  };
}

/** A bandwidth test of each link of a node, reported as if for an earlier process's lease. */
export function bandwidthTests(
  agents: Agents,
  node: number,
  names: readonly string[],
  measuredAtMs: number,
): Measurement[] {
  return agents.peersOf(node).map((peer) => ({
    kind: 'bandwidth',
    destination: names[peer] as string,
    measuredAt: new Date(measuredAtMs).toISOString(),
    leaseId: 'of-an-earlier-process',
    bandwidthBitsPerSecond: 1_000_000 * (500 + ((node + peer) % 9500)),
  }));
}

const metricLine = (name: string) => new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm');

/** The sum of a metric's series, as a service tells it. */
export function metricIn(metrics: string, name: string): number {
  const values = [...metrics.matchAll(metricLine(name))].map(([, value]) => Number(value));
  return z.number().parse(values.reduce((sum, value) => sum + value, 0));
}
