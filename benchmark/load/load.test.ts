import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { pairedDifference } from '#benchmark/paired-difference.ts';
import { quantile } from '#core/statistics.ts';
import { runOpenLoop } from './open-loop.ts';
import { arrivalTimes } from './schedule.ts';
import { summarizeLoad } from './summary.ts';

describe('arrivalTimes', () => {
  it('are the same for a seed, other for another, ascending, and about as many as asked for', () => {
    const times = arrivalTimes(100, 50, 7);
    expect(arrivalTimes(100, 50, 7)).toEqual(times);
    expect(arrivalTimes(100, 50, 8)).not.toEqual(times);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.length).toBeGreaterThan(4700);
    expect(times.length).toBeLessThan(5300);
    expect(times.at(-1)).toBeLessThan(50_000);
  });
});

describe('runOpenLoop', () => {
  let server: Server;
  afterEach(() => server.close());

  async function serve(handler: Parameters<typeof createServer>[1]): Promise<string> {
    server = createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  it('charges a server that stalls for all that waited behind it', async () => {
    const stalledUntil = performance.now() + 400;
    const url = await serve((_request, response) => {
      setTimeout(() => response.end(), Math.max(0, stalledUntil - performance.now()));
    });
    const times = Array.from({ length: 40 }, (_, index) => index * 10);
    const { latenciesMs, errors } = await runOpenLoop(url, times);
    expect([latenciesMs.length, errors]).toEqual([40, 0]);
    expect(quantile(latenciesMs, 1)).toBeGreaterThan(350);
    expect(quantile(latenciesMs, 0.5)).toBeGreaterThan(100);
  });

  it('counts an answer other than 200 and a connection that breaks as errors', async () => {
    let calls = 0;
    const url = await serve((request, response) => {
      calls++;
      if (calls === 1) request.socket.destroy();
      else response.writeHead(calls === 2 ? 502 : 200).end();
    });
    const { latenciesMs, errors } = await runOpenLoop(url, [0, 50, 100]);
    expect([latenciesMs.length, errors]).toEqual([1, 2]);
  });
});

describe('summarizeLoad', () => {
  it('takes the requests of all runs together', () => {
    const runs = [
      { latenciesMs: [10, 20], errors: 1, durationMs: 1000 },
      { latenciesMs: [30], errors: 0, durationMs: 1000 },
    ];
    expect(summarizeLoad(runs)).toMatchObject({ requestsPerSecond: 1.5, p50Ms: 20, errorRate: 0.25 });
  });
});

describe('pairedDifference', () => {
  it('has an interval that narrows where the pairs agree', () => {
    expect(pairedDifference([10, 10, 10], [8, 8, 8])).toEqual({ mean: -2, low: -2, high: -2, pairs: 3 });
    const wide = pairedDifference([10, 10, 10], [8, 4, 12]);
    expect(wide?.mean).toBe(-2);
    expect(wide?.high).toBeCloseTo(-2 + (4.303 * 4) / Math.sqrt(3));
  });

  it('needs two pairs', () => {
    expect(pairedDifference([1], [2])).toBeUndefined();
  });
});
