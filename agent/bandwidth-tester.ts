import { runIperf3Client, runIperf3Server } from '#agent/iperf3.ts';
import type { AgentMetrics } from '#agent/metrics.ts';
import type { RttProber } from '#agent/rtt-prober.ts';
import { type ThrottlingWatch, watchThrottling } from '#agent/throttling.ts';
import type { BandwidthLease, BandwidthMeasurement, Disturbance } from '#core/api/agent.ts';
import type { Iperf3Result } from '#core/measurement/iperf3-output.ts';
import type { Logger } from '#runtime/logger.ts';

export interface BandwidthTester {
  /** Takes part in the lease's test, once; a lease with another id ends the one before. */
  follow(lease: BandwidthLease | undefined): void;
  stop(): Promise<void>;
}

const REASON_LIMIT = 500;

/**
 * Runs this node's end of bandwidth tests, one at a time, and none past the end of its lease. RTT is not probed meanwhile;
 * the server starts only when the node is quiet, and the client waits for it, so that both ends are.
 */
export function createBandwidthTester(options: {
  bindAddress: string | undefined;
  prober: Pick<RttProber, 'quiesce' | 'resume'>;
  metrics: AgentMetrics;
  logger: Logger;
  onMeasurement: (measurement: BandwidthMeasurement) => void;
  watch?: ThrottlingWatch;
}): BandwidthTester {
  const { bindAddress, prober, metrics, logger, onMeasurement, watch = watchThrottling() } = options;
  const stopping = new AbortController();
  let current = new AbortController();
  let currentId: string | undefined;
  let lastTest = Promise.resolve();

  async function take(lease: BandwidthLease, signal: AbortSignal): Promise<void> {
    await prober.quiesce();
    const end = watch();
    const result =
      lease.role === 'server'
        ? await runIperf3Server(lease, bindAddress, signal)
        : await runIperf3Client(lease, signal);
    if (stopping.signal.aborted) return;
    prober.resume();
    const disturbedBy = end().throttled ? 'throttled' : undefined;
    metrics.bandwidthTests.inc({ role: lease.role, outcome: result.outcome });
    logger.info({ leaseId: lease.id, role: lease.role, peer: lease.peer, ...result }, 'bandwidth test');
    if (lease.role !== 'client') return;
    if (disturbedBy !== undefined) metrics.disturbed.inc({ kind: 'bandwidth', by: disturbedBy });
    onMeasurement(toMeasurement(lease, result, disturbedBy));
  }

  return {
    follow(lease) {
      if (lease === undefined || lease.id === currentId || stopping.signal.aborted) return;
      current.abort();
      current = new AbortController();
      currentId = lease.id;
      const deadline = AbortSignal.timeout(lease.deadlineMilliseconds);
      const signal = AbortSignal.any([stopping.signal, current.signal, deadline]);
      lastTest = lastTest.then(() => take(lease, signal));
    },
    async stop() {
      stopping.abort();
      await lastTest;
    },
  };
}

function toMeasurement(
  lease: BandwidthLease,
  result: Iperf3Result,
  disturbedBy: Disturbance | undefined,
): BandwidthMeasurement {
  return {
    kind: 'bandwidth',
    destination: lease.peer,
    measuredAt: new Date().toISOString(),
    leaseId: lease.id,
    protocol: lease.protocol ?? 'tcp',
    ...(disturbedBy === undefined ? {} : { disturbedBy }),
    ...(result.outcome === 'answered' ? valuesOf(result) : { error: result.reason.slice(0, REASON_LIMIT) }),
  };
}

/** Undefined fields are left out of the report. */
function valuesOf(result: Iperf3Result & { outcome: 'answered' }) {
  const { bandwidthBitsPerSecond, congestionControl, jitterMicroseconds, lossPartsPerMillion } = result;
  return { bandwidthBitsPerSecond, congestionControl, jitterMicroseconds, lossPartsPerMillion };
}
