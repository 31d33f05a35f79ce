import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { runTcpProbe } from '#agent/tcp-probe.ts';

const PACE = { packets: 5, packetIntervalMilliseconds: 2 };
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

function listenOn(address: string, onConnection: () => void = () => {}): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      // It is reset.
      socket.on('error', () => {});
      onConnection();
    }).listen(0, address, () => resolve((server.address() as AddressInfo).port));
    servers.push(server);
  });
}

async function closedPort(address: string): Promise<number> {
  const port = await listenOn(address);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

const never = () => new AbortController().signal;

describe('runTcpProbe', () => {
  it.each(['127.0.0.1', '::1'])(
    'times as many connections to %s as a ping has packets, and ends each',
    async (address) => {
      let connections = 0;
      const tcpPort = await listenOn(address, () => {
        connections += 1;
      });
      const outcome = await runTcpProbe({ address, tcpPort }, PACE, never());
      expect(outcome).toMatchObject({ outcome: 'answered', transmitted: 5, received: 5 });
      expect(outcome).toHaveProperty('rttMicroseconds', expect.any(Number));
      expect(outcome).toHaveProperty('jitterMicroseconds', expect.any(Number));
      // And as many that are not timed.
      expect(connections).toBe(10);
    },
  );

  it('goes ahead of each with one to its own host', async () => {
    let own = 0;
    const tcpPort = await listenOn('127.0.0.1', () => {
      own += 1;
    });
    await runTcpProbe({ address: '127.0.0.2', tcpPort }, PACE, never());
    expect(own).toBe(5);
  });

  it('takes a refused connection for an answer: the host gave it', async () => {
    const tcpPort = await closedPort('127.0.0.1');
    const outcome = await runTcpProbe({ address: '127.0.0.1', tcpPort }, PACE, never());
    expect(outcome).toMatchObject({ outcome: 'answered', transmitted: 5, received: 5 });
  });

  it.each(['fe80::1%lo', 'localhost'])(
    'connects to no address but one that means the same everywhere: %s',
    async (address) => {
      const outcome = await runTcpProbe({ address, tcpPort: 9 }, PACE, never());
      expect(outcome).toMatchObject({ outcome: 'failed', cause: 'no-address' });
    },
  );

  it('says that there is no way where the own host says so', async () => {
    // No connection goes to the limited broadcast address, by any route.
    const outcome = await runTcpProbe({ address: '255.255.255.255', tcpPort: 9 }, PACE, never());
    expect(outcome).toEqual({ outcome: 'unanswered', transmitted: 5, received: 0, cause: 'unreachable' });
  });

  it('ends at once when told to, with what it had by then', async () => {
    const tcpPort = await listenOn('127.0.0.1');
    const ending = new AbortController();
    const started = performance.now();
    const pace = { packets: 1000, packetIntervalMilliseconds: 100 };
    const running = runTcpProbe({ address: '127.0.0.1', tcpPort }, pace, ending.signal);
    ending.abort();
    const outcome = await running;
    expect(performance.now() - started).toBeLessThan(1000);
    expect(outcome.outcome === 'answered' ? outcome.transmitted : 0).toBeLessThan(3);
  });
});
