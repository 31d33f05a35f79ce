import { backoffMs, pause } from '#agent/backoff.ts';
import type { AgentMetrics } from '#agent/metrics.ts';
import {
  type InterfaceReading,
  MAX_MEASUREMENTS_PER_REPORT,
  type Measurement,
  reportReceipt,
} from '#core/api/agent.ts';
import type { AggregatorClient } from '#runtime/aggregator-client.ts';
import type { Logger } from '#runtime/logger.ts';

export interface Reporter {
  report(measurement: Measurement): void;
  /** Only the last reading is worth sending. */
  reportInterface(reading: InterfaceReading): void;
  /** Tries once to send what waits, within a fraction of a second. */
  stop(): Promise<void>;
}

/** Measurements that come within this time go into one report. */
const COALESCE_MS = 50;
const TIMEOUT_MS = 10_000;
const LAST_TIMEOUT_MS = 400;
/** A rejection that goes on is logged so often, whatever its details. */
const REJECTION_LOGGED_EVERY_MS = 300_000;

/**
 * Sends measurements in the order in which they came. While the aggregator is away they wait in a bounded spool in
 * memory, where the oldest give way. What the aggregator rejects, be it a report or measurements of one, is dropped.
 */
export function startReporter(options: {
  node: string;
  spoolSize: number;
  client: AggregatorClient;
  metrics: AgentMetrics;
  logger: Logger;
}): Reporter {
  const { node, spoolSize, client, metrics, logger } = options;
  const stopping = new AbortController();
  /** What is being sent; kept apart so that an overflow does not touch it. */
  let batch: Measurement[] = [];
  const spool: Measurement[] = [];
  let reading: InterfaceReading | undefined;
  let sending: Promise<void> | undefined;
  const rejections = new Map<string, { loggedAtMs: number; unlogged: number }>();

  async function sendAll(): Promise<void> {
    await pause(COALESCE_MS, stopping.signal);
    let failures = 0;
    while (!stopping.signal.aborted && takeBatch()) {
      const refusal = await send(TIMEOUT_MS, stopping.signal);
      failures = refusal === undefined ? 0 : failures + 1;
      if (refusal === undefined || stopping.signal.aborted) continue;
      if (failures === 1) logger.warn({ reason: refusal }, 'reports wait for the aggregator');
      await pause(backoffMs(failures, Math.random()), stopping.signal);
    }
    sending = undefined;
  }

  function takeBatch(): boolean {
    if (batch.length === 0) batch = spool.splice(0, MAX_MEASUREMENTS_PER_REPORT);
    return batch.length > 0 || reading !== undefined;
  }

  /** Why the batch has to be sent again, if so. */
  async function send(timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
    const sent = reading;
    const body = { node, measurements: batch, interface: sent };
    const answer = await client({ path: '/v1/reports', body, timeoutMs, signal });
    if (answer.outcome === 'unavailable') return answer.reason;
    if (answer.outcome === 'answered') readReceipt(batch.length, answer.body);
    else countRejected(batch.length, batch.length, answer.reason);
    batch = [];
    if (reading === sent) reading = undefined;
    metrics.spooled.set(spool.length);
    return undefined;
  }

  function readReceipt(measurements: number, receipt: unknown): void {
    const { rejected = [], rejectedInterface } = reportReceipt.safeParse(receipt).data ?? {};
    metrics.reported.inc(measurements - rejected.length);
    const [first] = rejected;
    if (first !== undefined) countRejected(rejected.length, measurements, first.reason);
    if (rejectedInterface !== undefined) {
      logRejection('aggregator rejected the reading of the interface', 1, { reason: rejectedInterface });
    }
  }

  function countRejected(rejected: number, measurements: number, reason: string): void {
    metrics.dropped.inc({ reason: 'rejected' }, rejected);
    logRejection('aggregator rejected measurements', rejected, { rejected, measurements, reason });
  }

  /** What is before the reason's colon is the same for all that is rejected alike. */
  function logRejection(message: string, rejected: number, fields: Record<string, unknown> & { reason: string }): void {
    const kind = `${message}: ${fields.reason.split(':', 1)[0]}`;
    const { loggedAtMs, unlogged } = rejections.get(kind) ?? { loggedAtMs: Number.NEGATIVE_INFINITY, unlogged: 0 };
    const nowMs = performance.now();
    if (nowMs - loggedAtMs < REJECTION_LOGGED_EVERY_MS) {
      rejections.set(kind, { loggedAtMs, unlogged: unlogged + rejected });
      return;
    }
    rejections.set(kind, { loggedAtMs: nowMs, unlogged: 0 });
    logger.error({ ...fields, rejectedSinceLastLine: unlogged }, message);
  }

  return {
    report(measurement) {
      spool.push(measurement);
      if (spool.length > spoolSize) {
        spool.shift();
        metrics.dropped.inc({ reason: 'overflow' });
      }
      metrics.spooled.set(batch.length + spool.length);
      sending ??= sendAll();
    },
    reportInterface(latest) {
      reading = latest;
      sending ??= sendAll();
    },
    async stop() {
      stopping.abort();
      await sending;
      if (takeBatch()) await send(LAST_TIMEOUT_MS, AbortSignal.timeout(LAST_TIMEOUT_MS));
    },
  };
}
