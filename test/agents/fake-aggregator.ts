import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BandwidthLease, type Measurement, probePlan, report } from '#core/api/agent.ts';
import { HOSTS, type HostName } from '#test/agents/two-hosts.ts';

export const LEASE_PORT = 5301;

interface PingSettings {
  packets: number;
  packetIntervalMilliseconds: number;
}

interface PeerSettings {
  ipv6?: boolean;
  tcpPort?: number;
}

interface LeaseSettings {
  seconds: number;
  maxBitsPerSecond: number;
  protocol?: 'tcp' | 'udp';
}

/** Speaks the agent protocol, checks what it gets with its schemas and keeps it. */
export class FakeAggregator {
  port = 0;
  /** What agents said of where they listen. */
  readonly ports = new Set<string | null>();
  readonly received: { node: string; measurement: Measurement }[] = [];
  #server: Server | undefined;
  #ping: PingSettings | undefined;
  #lease: BandwidthLease | undefined;
  #peers: PeerSettings = {};
  #revision = 0;
  #waiting: (() => void)[] = [];

  async listen(): Promise<void> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.listen(this.port, '::');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    this.#server?.closeAllConnections();
    await closed;
  }

  plan(ping: PingSettings, peers: PeerSettings = {}): void {
    this.#ping = ping;
    this.#peers = peers;
    this.#changed();
  }

  lease(test: LeaseSettings | undefined): void {
    this.#lease = test && {
      ...test,
      id: 'lease-1',
      role: 'client',
      peer: 'b',
      address: addressOf('b', this.#peers),
      port: LEASE_PORT,
      omitSeconds: 0,
      deadlineMilliseconds: 30_000,
    };
    this.#changed();
  }

  of(node: HostName, kind: Measurement['kind']): Measurement[] {
    return this.received
      .filter((entry) => entry.node === node && entry.measurement.kind === kind)
      .map(({ measurement }) => measurement);
  }

  #changed(): void {
    this.#revision += 1;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://aggregator');
    if (url.pathname === '/v1/reports') return this.#takeReport(request, response);
    this.ports.add(url.searchParams.get('tcpPort'));
    if (url.searchParams.get('after') === String(this.#revision)) {
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
    response.end(JSON.stringify(this.#planFor(url.searchParams.get('node') === 'a' ? 'a' : 'b')));
  }

  async #takeReport(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { node, measurements } = report.parse(JSON.parse(body));
    this.received.push(...measurements.map((measurement) => ({ node, measurement })));
    response.end(JSON.stringify({ accepted: measurements.length, duplicates: 0 }));
  }

  #planFor(node: HostName) {
    const peer = node === 'a' ? 'b' : 'a';
    const role = node === 'a' ? 'client' : 'server';
    return probePlan.parse({
      node,
      revision: String(this.#revision),
      probe: { ...this.#ping, intervalSeconds: 1, bandwidth: {} },
      peers: [{ node: peer, address: addressOf(peer, this.#peers), tcpPort: this.#peers.tcpPort }],
      lease: this.#lease && { ...this.#lease, role, peer },
    });
  }
}

function addressOf(name: HostName, { ipv6 }: PeerSettings): string {
  return ipv6 ? HOSTS[name].ipv6Address : HOSTS[name].address;
}
