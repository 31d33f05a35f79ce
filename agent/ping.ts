import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import ping from 'ping';
import type { ProbeOutcome, ProbePace } from '#agent/probe-outcome.ts';
import { addressProblem } from '#core/api/ip-address.ts';
import { parsePing } from '#core/measurement/ping-output.ts';

/** ping's -W: how long it waits where nothing came back at all. */
const LAST_REPLY_SECONDS = 2;
/** A starved machine may take its time; a ping that still runs after that hangs. */
const SLACK_MS = 5000;

const PERMISSION_ADVICE =
  'give the ping binary the capability that it asks for (add NET_RAW to the container), ' +
  'or use a ping without file capabilities and open net.ipv4.ping_group_range';

/**
 * Pings an IP address and says what came of it; never throws. Ends within packets times interval and 7 s. Where `signal`
 * aborts, ping is killed and the outcome is of what it had written until then.
 */
export async function runPing(address: string, settings: ProbePace, signal: AbortSignal): Promise<ProbeOutcome> {
  const problem = addressProblem(address);
  if (problem !== undefined) return { outcome: 'failed', cause: 'no-address', reason: problem };
  const deadlineMs = settings.packets * settings.packetIntervalMilliseconds + LAST_REPLY_SECONDS * 1000 + SLACK_MS;
  const end = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  try {
    return withAdvice(parsePing(await collectOutput(address, settings, end)));
  } catch (err) {
    return withAdvice(describeSpawnError(err));
  }
}

/**
 * There is no -w (deadline): with it, ping goes on sending until `packets` replies came, so that lossy links would be
 * probed longer than others. -n and IPv6 by the one binary: not every system has a ping6.
 */
async function collectOutput(address: string, settings: ProbePace, end: AbortSignal): Promise<string> {
  // The package passes the environment on and sets LANG alone, which LC_ALL overrides.
  process.env.LC_ALL = 'C';
  const { child, result } = captureChild(() =>
    ping.promise.probe(address, {
      numeric: true,
      v6: false,
      min_reply: settings.packets,
      timeout: LAST_REPLY_SECONDS,
      extra: ['-i', String(settings.packetIntervalMilliseconds / 1000)],
    }),
  );
  let spawnError: Error | undefined;
  child?.once('error', (err) => {
    spawnError = err;
  });
  const kill = () => void child?.kill('SIGKILL');
  end.addEventListener('abort', kill);
  if (end.aborted) kill();
  try {
    return (await result).output;
  } catch (err) {
    throw spawnError ?? err;
  } finally {
    end.removeEventListener('abort', kill);
  }
}

/** The package keeps its child process to itself; Node announces it on a channel while it is being made. */
function captureChild<Result>(start: () => Promise<Result>): {
  child: ChildProcess | undefined;
  result: Promise<Result>;
} {
  let child: ChildProcess | undefined;
  const capture = (message: unknown) => {
    child = (message as { process: ChildProcess }).process;
  };
  subscribe('child_process', capture);
  try {
    const result = start();
    return { child, result };
  } finally {
    unsubscribe('child_process', capture);
  }
}

function describeSpawnError(err: unknown): ProbeOutcome {
  const code = err instanceof Error && 'code' in err ? err.code : undefined;
  if (code === 'EPERM' || code === 'EACCES') {
    return { outcome: 'failed', cause: 'permission', reason: `ping may not be executed (${code})` };
  }
  if (code === 'ENOENT') return { outcome: 'failed', cause: 'not-run', reason: 'there is no ping on the PATH' };
  return {
    outcome: 'failed',
    cause: 'not-run',
    reason: `ping did not run: ${err instanceof Error ? err.message : err}`,
  };
}

function withAdvice(outcome: ProbeOutcome): ProbeOutcome {
  if (outcome.outcome !== 'failed' || outcome.cause !== 'permission') return outcome;
  return { ...outcome, reason: `${outcome.reason}: ${PERMISSION_ADVICE}` };
}
