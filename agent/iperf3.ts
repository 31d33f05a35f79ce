import { execa } from 'execa';
import { pause } from '#agent/backoff.ts';
import type { BandwidthLease } from '#core/api/agent.ts';
import { familyOf } from '#core/api/ip-address.ts';
import { type Iperf3Result, parseIperf3 } from '#core/measurement/iperf3-output.ts';

const RETRY_MS = 100;
const CONNECT_TIMEOUT_MS = 2000;
/** A client that connects and says nothing must not hold the server up. */
const SERVER_TIMEOUTS = ['--idle-timeout', '10', '--rcv-timeout', '5000'];

/**
 * Serves one test and ends after it, or where `signal` aborts. What it counted is not wanted: the client reports. It
 * listens at `bindAddress`, or where that is of the other family than the lease at the lease's own address.
 */
export function runIperf3Server(
  lease: BandwidthLease,
  bindAddress: string | undefined,
  signal: AbortSignal,
): Promise<Iperf3Result> {
  const isOfFamily = bindAddress === undefined || familyOf(bindAddress) === familyOf(lease.address);
  const listenAddress = isOfFamily ? bindAddress : lease.address;
  const bind = listenAddress === undefined ? [] : ['--bind', listenAddress];
  const port = ['--port', String(lease.port)];
  return runIperf3(['--server', '--one-off', ...port, ...bind, ...SERVER_TIMEOUTS, '--json'], signal);
}

/**
 * Sends for `omitSeconds + seconds`, over TCP or UDP, to the lease's address, at `maxBitsPerSecond` at most. Tries again while the server is
 * not up yet or busy, until `signal` aborts; then the result says what it waited for.
 */
export async function runIperf3Client(lease: BandwidthLease, signal: AbortSignal): Promise<Iperf3Result> {
  let result = await runIperf3(clientArguments(lease), signal);
  while (result.outcome === 'failed' && result.serverNotReady) {
    await pause(RETRY_MS, signal);
    if (signal.aborted) return result;
    const next = await runIperf3(clientArguments(lease), signal);
    // A last try that the end of the lease cut short says less than the one before it.
    if (signal.aborted && next.outcome === 'failed') return result;
    result = next;
  }
  return result;
}

/**
 * --rcv-timeout is no option of a sending client, and --time takes whole seconds only: 0.5 would mean endless. UDP has no
 * slow start to omit, and iperf3 tells its loss wrong where seconds are omitted: all of them count. TCP's congestion control is
 * the kernel's, as pods have it.
 */
function clientArguments(lease: BandwidthLease): string[] {
  const { seconds, omitSeconds } = lease;
  const span =
    lease.protocol === 'udp'
      ? ['--udp', '--time', String(seconds + omitSeconds)]
      : ['--time', String(seconds), '--omit', String(omitSeconds)];
  return [
    ...['--client', lease.address, '--port', String(lease.port), '--json'],
    ...span,
    ...['--bitrate', String(lease.maxBitsPerSecond), '--connect-timeout', String(CONNECT_TIMEOUT_MS)],
  ];
}

async function runIperf3(args: string[], signal: AbortSignal): Promise<Iperf3Result> {
  const run = await execa('iperf3', args, {
    cancelSignal: signal,
    // It has nothing to clean up, and a stop must not wait for it.
    killSignal: 'SIGKILL',
    // execa's own clean-up listens for SIGTERM and ends the process before the agent has stopped.
    cleanup: false,
    env: { LC_ALL: 'C' },
    stdin: 'ignore',
    reject: false,
  });
  if (run.isCanceled) return failed('the lease ended before the test did');
  if (run.exitCode === undefined && !run.isTerminated) return failed(`iperf3 did not run: ${run.originalMessage}`);
  return withAdvice(parseIperf3(run.stdout || run.stderr));
}

/** What is sent and received is in a file that iperf3 makes for each stream, which its words do not tell. */
function withAdvice(result: Iperf3Result): Iperf3Result {
  if (result.outcome !== 'failed' || !result.reason.includes('unable to create a new stream')) return result;
  const folder = process.env.TMPDIR ?? '/tmp';
  return { ...result, reason: `${result.reason}: iperf3 must be able to write files in ${folder} (TMPDIR)` };
}

function failed(reason: string): Iperf3Result {
  return { outcome: 'failed', reason, serverNotReady: false };
}
