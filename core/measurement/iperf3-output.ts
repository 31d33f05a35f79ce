import { z } from 'zod';

export type Iperf3Result =
  | {
      outcome: 'answered';
      bandwidthBitsPerSecond: number;
      bytes: number;
      /** Of TCP: mean over the test as the sender saw it; absent where the kernel does not tell. */
      rttUnderLoadMicroseconds?: number;
      /** Of TCP: the sender's. */
      congestionControl?: string;
      /** Of UDP, one way. */
      jitterMicroseconds?: number;
      lossPartsPerMillion?: number;
    }
  | { outcome: 'failed'; reason: string; serverNotReady: boolean };

/** UDP alone. A sum that TCP has, too, tells neither. */
const datagrams = z.object({ jitter_ms: z.number(), lost_percent: z.number() });

const received = z.object({ bytes: z.number().nonnegative(), bits_per_second: z.number().nonnegative() });

const output = z.object({
  error: z.string().optional(),
  end: z
    .object({
      sum_received: received.optional(),
      sum: datagrams.optional(),
      sender_tcp_congestion: z.string().min(1).optional(),
      streams: z.array(z.object({ sender: z.object({ mean_rtt: z.number().optional() }).optional() })).default([]),
    })
    .optional(),
});

const SERVER_NOT_READY = /connection refused|server is busy/i;

/**
 * Reads what `iperf3 -c … -J` wrote. iperf3 exits 0 after most failures and may give figures beside its error, so the
 * error decides. Bandwidth is what the receiver counted, rounded to whole bits per second. A test in which no byte
 * arrived has failed. `serverNotReady` says that trying again may help.
 *
 * Loss of UDP is right only without `--omit`: what was lost in the omitted seconds counts among the lost packets, but not
 * among all (iperf3 3.12).
 */
export function parseIperf3(json: string): Iperf3Result {
  const parsed = output.safeParse(parseJson(json));
  if (!parsed.success) return failed(firstLine(json) ?? 'iperf3 said nothing');
  const { error, end } = parsed.data;
  if (error !== undefined) return failed(error);
  const sum = end?.sum_received;
  if (sum === undefined) return failed('iperf3 gave no result');
  const bandwidthBitsPerSecond = Math.round(sum.bits_per_second);
  if (sum.bytes === 0 || bandwidthBitsPerSecond === 0) return failed('no data arrived');
  return {
    outcome: 'answered',
    bandwidthBitsPerSecond,
    bytes: sum.bytes,
    ...(end?.sum === undefined ? tcpDetails(end) : udpDetails(end.sum)),
  };
}

function tcpDetails(end: z.infer<typeof output>['end']) {
  const rtt = end?.streams[0]?.sender?.mean_rtt;
  const congestionControl = end?.sender_tcp_congestion;
  return {
    ...(rtt === undefined || rtt === 0 ? {} : { rttUnderLoadMicroseconds: rtt }),
    ...(congestionControl === undefined ? {} : { congestionControl }),
  };
}

function udpDetails({ jitter_ms, lost_percent }: z.infer<typeof datagrams>) {
  return {
    jitterMicroseconds: Math.max(0, Math.round(jitter_ms * 1000)),
    // Datagrams that overtook others can make it negative.
    lossPartsPerMillion: Math.min(1_000_000, Math.max(0, Math.round(lost_percent * 10_000))),
  };
}

function failed(reason: string): Iperf3Result {
  return { outcome: 'failed', reason, serverNotReady: SERVER_NOT_READY.test(reason) };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** iperf3 writes plain text about flags that it does not know; JSON that is cut short helps nobody. */
function firstLine(text: string): string | undefined {
  const line = text.trimStart().split('\n', 1)[0]?.trim();
  return line?.startsWith('{') ? 'the output of iperf3 is cut short' : line || undefined;
}
