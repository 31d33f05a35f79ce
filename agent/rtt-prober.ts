import { pause } from '#agent/backoff.ts';
import type { AgentMetrics } from '#agent/metrics.ts';
import { createPeerMethods } from '#agent/peer-methods.ts';
import { runPing } from '#agent/ping.ts';
import { type Turn, takeTurn } from '#agent/probe-method.ts';
import { failureClass, type ProbeOutcome, type ProbePace } from '#agent/probe-outcome.ts';
import { createProbeTurns, type Peer } from '#agent/probe-turns.ts';
import { rttMeasurement } from '#agent/rtt-measurement.ts';
import { runTcpProbe } from '#agent/tcp-probe.ts';
import { type ThrottlingWatch, watchThrottling } from '#agent/throttling.ts';
import type { Disturbance, RttMeasurement, RttMethod } from '#core/api/agent.ts';
import type { Logger } from '#runtime/logger.ts';

/** What of a plan is about round trips. */
export interface RttPlan {
  probe: ProbePace & { intervalSeconds: number };
  peers: readonly Peer[];
}

export interface RttProber {
  /** Probes the plan's peers from now on. */
  follow(plan: RttPlan): void;
  /**
   * Starts no probe until `resume`. Waits for those under way and kills what takes longer than 2 s; what these measured is
   * marked as disturbed by a bandwidth test.
   */
  quiesce(): Promise<void>;
  resume(): void;
  stop(): Promise<void>;
}

/** Bounds what a node with many peers spends on probes at once; the others take their turn a little later. */
const CONCURRENT_PROBES = 16;
const QUIESCE_MS = 2000;

/**
 * Probes every peer of the plan once per interval, by ping or by TCP connections. A link that does not answer is a
 * measurement too.
 */
export function createRttProber(options: {
  node: string;
  metrics: AgentMetrics;
  logger: Logger;
  onMeasurement: (measurement: RttMeasurement) => void;
  ping?: typeof runPing;
  watch?: ThrottlingWatch;
}): RttProber {
  const { node, metrics, logger, onMeasurement, ping = runPing, watch = watchThrottling() } = options;
  /** Peers whose turn has come, in that order. */
  const due = new Map<string, Peer>();
  const underWay = new Map<string, Promise<void>>();
  const loggedCauses = new Set<string>();
  const methods = createPeerMethods(metrics, logger);
  let settings: ProbePace | undefined;
  let quiet = false;
  let stopped = false;
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

  async function probe(peer: Peer, pace: ProbePace): Promise<void> {
    const { signal } = killing;
    const { tcpPort } = peer;
    const heldBack = new Set<RttMethod>();
    const probeBy = async (method: RttMethod): Promise<ProbeOutcome> => {
      const end = watch();
      const outcome =
        method === 'tcp' && tcpPort !== undefined
          ? await runTcpProbe({ address: peer.address, tcpPort }, pace, signal)
          : await ping(peer.address, pace, signal);
      const { throttled, busy } = end();
      // ping has a process and the kernel's time stamps for itself.
      if (throttled || (busy && method === 'tcp')) heldBack.add(method);
      if (!signal.aborted) recordFailure(peer, method, outcome);
      return outcome;
    };
    const turn = await takeTurn(methods.stateOf(peer), tcpPort !== undefined, probeBy, signal);
    if (!signal.aborted) methods.took(peer, turn);
    const throttled = heldBack.has(turn.method) ? 'throttled' : undefined;
    record(peer, turn, signal.aborted ? 'bandwidthTest' : throttled);
  }

  function recordFailure(peer: Peer, method: RttMethod, outcome: ProbeOutcome): void {
    const failure = failureClass(outcome);
    if (failure === undefined) return;
    metrics.probeFailures.inc({ method, class: failure });
    if (outcome.outcome !== 'failed' || loggedCauses.has(`${method} ${failure}`)) return;
    loggedCauses.add(`${method} ${failure}`);
    const fields = { destination: peer.node, address: peer.address, method, cause: failure, reason: outcome.reason };
    logger.error(fields, 'probe failed');
  }

  function record(peer: Peer, { method, outcome }: Turn, disturbedBy: Disturbance | undefined): void {
    const measurement = stopped ? undefined : rttMeasurement(peer.node, method, outcome, disturbedBy);
    const ended = disturbedBy === 'bandwidthTest' && measurement === undefined;
    metrics.probes.inc({ outcome: stopped || ended ? 'skipped' : outcome.outcome });
    if (measurement === undefined) return;
    if (disturbedBy !== undefined) metrics.disturbed.inc({ kind: 'rtt', by: disturbedBy });
    onMeasurement(measurement);
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
      methods.keep(plan.peers);
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
      stopped = true;
      turns.stop();
      await end();
    },
  };
}
