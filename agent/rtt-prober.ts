import { pause } from '#agent/backoff.ts';
import type { AgentMetrics } from '#agent/metrics.ts';
import { type PingOutcome, runPing } from '#agent/ping.ts';
import { createProbeTurns, type Peer } from '#agent/probe-turns.ts';
import type { ProbePlan, RttMeasurement } from '#core/api/agent.ts';
import type { Logger } from '#runtime/logger.ts';

export interface RttProber {
  /** Probes the plan's peers from now on. */
  follow(plan: ProbePlan): void;
  /**
   * Starts no probe until `resume`. Waits for those under way and kills what takes longer than 2 s, so that nothing that a
   * bandwidth test disturbed is reported.
   */
  quiesce(): Promise<void>;
  resume(): void;
  stop(): Promise<void>;
}

/** Bounds what a node with many peers spends on probes at once; the others take their turn a little later. */
const CONCURRENT_PROBES = 16;
const QUIESCE_MS = 2000;

/** Probes every peer of the plan with ping, once per interval. A link that does not answer is a measurement too. */
export function createRttProber(options: {
  node: string;
  metrics: AgentMetrics;
  logger: Logger;
  onMeasurement: (measurement: RttMeasurement) => void;
  ping?: typeof runPing;
}): RttProber {
  const { node, metrics, logger, onMeasurement, ping = runPing } = options;
  /** Peers whose turn has come, in that order. */
  const due = new Map<string, Peer>();
  const underWay = new Map<string, Promise<void>>();
  const loggedCauses = new Set<string>();
  let settings: ProbePlan['probe'] | undefined;
  let quiet = false;
  let killing = new AbortController();

  const turns = createProbeTurns(node, (peer) => {
    if (due.has(peer.node) || underWay.has(peer.node)) metrics.probes.inc({ outcome: 'skipped' });
    else due.set(peer.node, peer);
    startDue();
  });

  function startDue(): void {
    for (const [name, peer] of due) {
      if (quiet || settings === undefined || underWay.size >= CONCURRENT_PROBES) return;
      due.delete(name);
      const done = probe(peer, settings).finally(() => {
        underWay.delete(name);
        startDue();
      });
      underWay.set(name, done);
    }
  }

  async function probe(peer: Peer, pingSettings: ProbePlan['probe']): Promise<void> {
    const { signal } = killing;
    const outcome = await ping(peer.address, pingSettings, signal);
    if (signal.aborted) metrics.probes.inc({ outcome: 'skipped' });
    else record(peer, outcome);
  }

  function record(peer: Peer, outcome: PingOutcome): void {
    metrics.probes.inc({ outcome: outcome.outcome });
    if (outcome.outcome !== 'failed') {
      onMeasurement(toMeasurement(peer, outcome));
      return;
    }
    const { cause, reason } = outcome;
    if (loggedCauses.has(cause)) return;
    loggedCauses.add(cause);
    logger.error({ destination: peer.node, address: peer.address, cause, reason }, 'ping failed, not measured');
  }

  async function end(): Promise<void> {
    killing.abort();
    await Promise.all(underWay.values());
  }

  return {
    follow(plan) {
      settings = plan.probe;
      const names = new Set(plan.peers.map((peer) => peer.node));
      for (const name of [...due.keys()]) if (!names.has(name)) due.delete(name);
      turns.follow(plan.peers, plan.probe.intervalSeconds * 1000);
    },
    async quiesce() {
      quiet = true;
      const waiting = new AbortController();
      await Promise.race([Promise.all(underWay.values()), pause(QUIESCE_MS, waiting.signal)]);
      waiting.abort();
      await end();
    },
    resume() {
      quiet = false;
      killing = new AbortController();
      startDue();
    },
    async stop() {
      quiet = true;
      turns.stop();
      await end();
    },
  };
}

function toMeasurement(peer: Peer, outcome: Exclude<PingOutcome, { outcome: 'failed' }>): RttMeasurement {
  const { transmitted, received } = outcome;
  return {
    kind: 'rtt',
    destination: peer.node,
    measuredAt: new Date().toISOString(),
    transmitted,
    received,
    ...(outcome.outcome === 'answered'
      ? { rttMicroseconds: outcome.rttMicroseconds, jitterMicroseconds: outcome.jitterMicroseconds }
      : {}),
  };
}
