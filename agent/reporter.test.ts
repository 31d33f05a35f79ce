import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAgentMetrics } from '#agent/metrics.ts';
import { type Reporter, startReporter } from '#agent/reporter.ts';
import type { Measurement, Report } from '#core/api/agent.ts';
import type { Answer } from '#runtime/aggregator-client.ts';
import { createLogger } from '#runtime/logger.ts';

let reporter: Reporter | undefined;

afterEach(async () => {
  await reporter?.stop();
});

describe('reporter', () => {
  it('puts measurements that come together into one report', async () => {
    const { report, reports } = start();
    report(1);
    report(2);
    await vi.waitUntil(() => reports.length > 0);
    expect(reports).toEqual([[1, 2]]);
  });

  it('sends everything again, in order, while the aggregator is away', async () => {
    const { report, reports, answers, metrics } = start();
    answers.push(UNAVAILABLE, UNAVAILABLE);
    report(1);
    await vi.waitUntil(() => reports.length === 1);
    report(2);
    await vi.waitUntil(() => reports.length === 4, { timeout: 5000 });
    expect(reports).toEqual([[1], [1], [1], [2]]);
    await vi.waitUntil(async () => (await readMetric(metrics.reported)) === 2);
    expect(await readMetric(metrics.spooled)).toBe(0);
  });

  it('drops a report that the aggregator rejects, and goes on', async () => {
    const { report, reports, answers, metrics } = start();
    answers.push({ outcome: 'rejected', reason: '400: no' });
    report(1);
    await vi.waitUntil(() => reports.length === 1);
    report(2);
    await vi.waitUntil(() => reports.length === 2);
    expect(reports).toEqual([[1], [2]]);
    expect(await readMetric(metrics.dropped)).toBe(1);
  });

  it('counts measurements that were rejected one by one, and keeps none of them', async () => {
    const { report, reports, answers, metrics } = start();
    const rejected = [{ index: 1, reason: 'measuredAt: more than 24 h ago' }];
    answers.push({ outcome: 'answered', body: { accepted: 1, duplicates: 0, rejected } });
    report(1);
    report(2);
    await vi.waitUntil(async () => (await readMetric(metrics.reported)) === 1);
    expect(await readMetric(metrics.dropped)).toBe(1);
    expect(reports).toEqual([[1, 2]]);
  });

  it('logs what is rejected again and again once, and another reason at once', async () => {
    const { report, answers, metrics, logger } = start();
    const error = vi.spyOn(logger, 'error');
    const reasons = ['tooOld: 1 h', 'tooOld: 2 h', 'malformed: rtt'];
    for (const [count, reason] of reasons.entries()) {
      answers.push({ outcome: 'answered', body: { accepted: 0, duplicates: 0, rejected: [{ index: 0, reason }] } });
      report(1);
      await vi.waitUntil(async () => (await readMetric(metrics.dropped)) === count + 1);
    }
    expect(error.mock.calls.map(([fields]) => (fields as unknown as { reason: string }).reason)).toEqual([
      'tooOld: 1 h',
      'malformed: rtt',
    ]);
  });

  it('logs a rejected reading of the interface by kind, apart from measurements, and does not send it again', async () => {
    const { report, read, readings, answers, metrics, logger } = start();
    const error = vi.spyOn(logger, 'error');
    const reason = 'absurd: interface.speedBitsPerSecond';
    const receipt = { accepted: 1, duplicates: 0, rejectedInterface: `${reason}: 1` };
    const rejected = [{ index: 0, reason: 'absurd: rttMicroseconds' }];
    answers.push({ outcome: 'answered', body: { ...receipt, rejected } });
    answers.push({ outcome: 'answered', body: { ...receipt, rejectedInterface: `${reason}: 2` } });
    for (const count of [1, 2, 3]) {
      report(count);
      if (count < 3) read(count);
      await vi.waitUntil(() => readings.length === count);
    }
    await vi.waitUntil(async () => (await readMetric(metrics.reported)) === 2);
    expect(error.mock.calls).toEqual([
      [
        { rejected: 1, measurements: 1, reason: 'absurd: rttMicroseconds', rejectedSinceLastLine: 0 },
        expect.anything(),
      ],
      [{ reason: `${reason}: 1`, rejectedSinceLastLine: 0 }, 'aggregator rejected the reading of the interface'],
    ]);
    expect(readings).toEqual([1, 2, undefined]);
    expect(await readMetric(metrics.dropped)).toBe(1);
  });

  it('sends the last reading of the interface alone or with measurements, until it is taken', async () => {
    const { read, report, readings, answers } = start();
    answers.push(UNAVAILABLE);
    read(1);
    read(2);
    await vi.waitUntil(() => readings.length === 1);
    report(1);
    await vi.waitUntil(() => readings.length === 2, { timeout: 5000 });
    report(2);
    await vi.waitUntil(() => readings.length === 3);
    expect(readings).toEqual([2, 2, undefined]);
  });

  it('drops the oldest where the spool is full', async () => {
    const { report, reports, answers, metrics } = start({ spoolSize: 3 });
    answers.push(UNAVAILABLE);
    report(0);
    await vi.waitUntil(() => reports.length === 1);
    for (let count = 1; count <= 5; count += 1) report(count);
    await vi.waitUntil(() => reports.length === 3, { timeout: 5000 });
    expect(reports).toEqual([[0], [0], [3, 4, 5]]);
    expect(await readMetric(metrics.dropped)).toBe(2);
  });

  it('splits what is too much for one report', async () => {
    const { report, reports } = start({ spoolSize: 2000 });
    for (let count = 1; count <= 1001; count += 1) report(count);
    await vi.waitUntil(() => reports.length === 2);
    expect(reports.map((counts) => counts.length)).toEqual([1000, 1]);
  });

  it('sends what waits when it stops', async () => {
    const { report, reports, stop } = start();
    report(1);
    await stop();
    expect(reports).toEqual([[1]]);
  });
});

const UNAVAILABLE: Answer = { outcome: 'unavailable', reason: 'refused' };

/** Measurements are told apart by how many pings they sent. `answers` come first, then the aggregator accepts. */
function start({ spoolSize = 100 } = {}) {
  const reports: number[][] = [];
  const readings: (number | undefined)[] = [];
  const answers: Answer[] = [];
  const metrics = createAgentMetrics(new Registry());
  const logger = createLogger('test', 'silent');
  const started = startReporter({
    node: 'a',
    spoolSize,
    metrics,
    logger,
    client: async ({ body }) => {
      reports.push((body as Report).measurements.map((sent) => (sent.kind === 'rtt' ? sent.transmitted : 0)));
      readings.push((body as Report).interface?.sentBitsPerSecond);
      return answers.shift() ?? { outcome: 'answered', body: {} };
    },
  });
  reporter = started;
  return {
    reports,
    readings,
    answers,
    metrics,
    logger,
    read: (sentBitsPerSecond: number) => {
      const measuredAt = '2026-01-01T00:00:00.000Z';
      started.reportInterface({ measuredAt, speedBitsPerSecond: 1000, sentBitsPerSecond, receivedBitsPerSecond: 0 });
    },
    report: (transmitted: number) => started.report(measurement(transmitted)),
    stop: () => started.stop(),
  };
}

function measurement(transmitted: number): Measurement {
  return { kind: 'rtt', destination: 'b', measuredAt: '2026-01-01T00:00:00.000Z', transmitted, received: 0 };
}

async function readMetric(metric: { get(): Promise<{ values: { value: number }[] }> }): Promise<number | undefined> {
  return (await metric.get()).values[0]?.value;
}
