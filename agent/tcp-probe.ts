import { connect } from 'node:net';
import { pause } from '#agent/backoff.ts';
import type { ProbeOutcome, ProbePace } from '#agent/probe-outcome.ts';
import { addressProblem, familyOf } from '#core/api/ip-address.ts';
import { type SilenceCause, summarizeRoundTrips } from '#core/measurement/round-trips.ts';

/** The kernel sends a lost SYN again after 1 s: what is answered later than that answers the second one, and counts as lost. */
const TIMEOUT_MS = 900;

const LOOPBACK = { IPv4: '127.0.0.1', IPv6: '::1' } as const;

/** What became of one attempt. */
type Attempt = { microseconds: number } | { silence: SilenceCause } | { notSent: string };

/**
 * Times TCP connections to an IP address: as many as a ping has packets and at the same pace, from the call of connect until
 * the event loop hears of the answer. A refused connection is an answer as good as an accepted one: the peer's kernel gave
 * it. Connections are reset at once, so that neither end keeps anything of them. Never throws; ends within packets times
 * interval and 0.9 s. Where `signal` aborts, the outcome is of the attempts that had ended by then.
 */
export async function runTcpProbe(
  target: { address: string; tcpPort: number },
  { packets, packetIntervalMilliseconds }: ProbePace,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const problem = addressProblem(target.address);
  if (problem !== undefined) return { outcome: 'failed', cause: 'no-address', reason: problem };
  const underWay: Promise<Attempt | undefined>[] = [];
  while (underWay.length < packets && !signal.aborted) {
    if (underWay.length > 0) await pause(packetIntervalMilliseconds, signal);
    underWay.push(warmAttempt(target, signal));
  }
  return summarize((await Promise.all(underWay)).filter((ended) => ended !== undefined));
}

/**
 * A connection that nobody times goes first, to this very host: an event loop that slept takes about 0.3 ms longer, which is
 * more than many a link (docs/measuring.md).
 */
async function warmAttempt(target: { address: string; tcpPort: number }, signal: AbortSignal) {
  await attempt(LOOPBACK[familyOf(target.address)], target.tcpPort, signal);
  return attempt(target.address, target.tcpPort, signal);
}

/** Undefined where `signal` aborted before it ended. */
function attempt(host: string, port: number, signal: AbortSignal): Promise<Attempt | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const startedAt = process.hrtime.bigint();
    const socket = connect({ host, port });
    const end = (result: Attempt | undefined) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      // Without waiting for the other end, which would keep a port of this host for a minute for each connection.
      socket.resetAndDestroy();
      resolve(result);
    };
    const answered = () => end({ microseconds: Number(process.hrtime.bigint() - startedAt) / 1000 });
    const abort = () => end(undefined);
    const timer = setTimeout(() => end({ silence: 'timeout' }), TIMEOUT_MS);
    signal.addEventListener('abort', abort);
    socket.once('connect', answered);
    socket.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED' || code === 'ECONNRESET') answered();
      else if (code === 'ETIMEDOUT') end({ silence: 'timeout' });
      else if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') end({ silence: 'unreachable' });
      else end({ notSent: message });
    });
  });
}

function summarize(attempts: readonly Attempt[]): ProbeOutcome {
  const failure = attempts.find((ended) => 'notSent' in ended);
  if (failure !== undefined) return { outcome: 'failed', cause: 'not-sent', reason: failure.notSent };
  const silences = attempts.flatMap((ended) => ('silence' in ended ? ended.silence : []));
  const times = attempts.flatMap((ended) => ('microseconds' in ended ? ended.microseconds : []));
  const roundTrips = summarizeRoundTrips(times);
  const transmitted = attempts.length;
  if (roundTrips !== undefined) return { outcome: 'answered', transmitted, received: times.length, ...roundTrips };
  if (transmitted === 0) return { outcome: 'failed', cause: 'not-sent', reason: 'ended before any answer' };
  const cause = silences.includes('unreachable') ? 'unreachable' : 'timeout';
  return { outcome: 'unanswered', transmitted, received: 0, cause };
}
