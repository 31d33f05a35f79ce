import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PingResult, parsePing } from '#core/measurement/ping-output.ts';

describe('parsePing on recorded output', () => {
  const cases: { behaviour: string; fixture: string; want: PingResult }[] = [
    {
      behaviour: 'leaves the slow first reply out',
      fixture: 'normal',
      want: answered({ transmitted: 7, received: 7, rttMicroseconds: 54, jitterMicroseconds: 5 }),
    },
    {
      behaviour: 'reads IPv6',
      fixture: 'ipv6',
      want: answered({ transmitted: 7, received: 7, rttMicroseconds: 59, jitterMicroseconds: 8 }),
    },
    {
      behaviour: 'reads replies that carry a name',
      fixture: 'with-name',
      want: answered({ transmitted: 3, received: 3, rttMicroseconds: 45, jitterMicroseconds: 5 }),
    },
    {
      behaviour: 'counts the only reply where there is just one',
      fixture: 'one-packet',
      want: answered({ transmitted: 1, received: 1, rttMicroseconds: 17 }),
    },
    {
      behaviour: 'reads times of ten milliseconds and more',
      fixture: 'slow',
      want: answered({ transmitted: 7, received: 5, rttMicroseconds: 41_050, jitterMicroseconds: 18_000 }),
    },
    {
      behaviour: 'counts lost pings',
      fixture: 'partial-loss',
      want: answered({ transmitted: 7, received: 4, rttMicroseconds: 55, jitterMicroseconds: 1 }),
    },
    {
      behaviour: 'counts pings as lost after the own link went down',
      fixture: 'link-down',
      want: answered({ transmitted: 7, received: 3, rttMicroseconds: 63, jitterMicroseconds: 0 }),
    },
    {
      behaviour: 'leaves duplicates out of received, RTT and jitter',
      fixture: 'duplicates',
      want: answered({
        transmitted: 5,
        received: 5,
        duplicates: 12,
        rttMicroseconds: 81,
        jitterMicroseconds: 4,
      }),
    },
    {
      behaviour: 'takes the summary of an interrupted run',
      fixture: 'interrupted',
      want: answered({ transmitted: 4, received: 4, rttMicroseconds: 58, jitterMicroseconds: 5 }),
    },
    {
      behaviour: 'counts up to the last reply where a kill left no summary',
      fixture: 'killed',
      want: answered({ transmitted: 4, received: 4, rttMicroseconds: 61, jitterMicroseconds: 4 }),
    },
    {
      behaviour: 'says unanswered where everything was lost',
      fixture: 'total-loss',
      want: { outcome: 'unanswered', transmitted: 7, received: 0, cause: 'timeout' },
    },
    {
      behaviour: 'says unanswered where the host does not exist',
      fixture: 'host-unreachable',
      want: { outcome: 'unanswered', transmitted: 7, received: 0, cause: 'unreachable' },
    },
    {
      behaviour: 'fails where a kill left nothing',
      fixture: 'killed-unanswered',
      want: { outcome: 'failed', cause: 'unparsable', reason: 'ping said nothing' },
    },
    {
      behaviour: 'fails where replies have no times',
      fixture: 'quiet',
      want: { outcome: 'failed', cause: 'unparsable', reason: 'no reply has a time' },
    },
    {
      behaviour: 'fails without permission',
      fixture: 'no-permission',
      want: { outcome: 'failed', cause: 'permission', reason: 'ping: socket: Operation not permitted' },
    },
    {
      behaviour: 'fails without a route',
      fixture: 'no-route',
      want: { outcome: 'failed', cause: 'no-route', reason: 'ping: connect: Network is unreachable' },
    },
    {
      behaviour: 'fails without an IPv6 route',
      fixture: 'no-route-ipv6',
      want: { outcome: 'failed', cause: 'no-route', reason: 'ping: connect: Network is unreachable' },
    },
    {
      behaviour: 'fails where the name is unknown',
      fixture: 'unknown-host',
      want: {
        outcome: 'failed',
        cause: 'unknown-host',
        reason: 'ping: nosuchhost.invalid: Temporary failure in name resolution',
      },
    },
    {
      behaviour: 'passes on what ping says of its arguments',
      fixture: 'invalid-option',
      want: {
        outcome: 'failed',
        cause: 'unparsable',
        reason: "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807",
      },
    },
  ];
  it.each(cases)('$behaviour ($fixture)', ({ fixture, want }) => {
    expect(parsePing(recorded(fixture))).toEqual(want);
  });

  it('loses pings, but never invents a reply, wherever the output is cut off', () => {
    const whole = recorded('duplicates');
    for (let length = 0; length < whole.length; length += 1) {
      const result = parsePing(whole.slice(0, length));
      if (result.outcome === 'failed') continue;
      expect(result.received).toBeLessThanOrEqual(result.transmitted);
      expect(result.transmitted).toBeLessThanOrEqual(5);
    }
  });
});

describe('parsePing', () => {
  it('ignores the time of a reply that a step of the clock made absurd', () => {
    const result = parsePing(pingOutput([100, 200, 7_200_000_000, 300], 4));
    expect(result).toMatchObject({ outcome: 'answered', received: 4, rttMicroseconds: 250, jitterMicroseconds: 100 });
  });

  it('refuses a summary with more replies than pings', () => {
    const output = '3 packets transmitted, 5 received, 0% packet loss, time 1ms';
    expect(parsePing(output)).toEqual({ outcome: 'failed', cause: 'unparsable', reason: 'more replies than pings' });
  });

  it('orders replies by sequence before it compares neighbours', () => {
    const lines = pingOutput([100, 200, 300, 400], 4).split('\n');
    const shuffled = [lines[0], lines[4], lines[2], lines[1], lines[3], ...lines.slice(5)].join('\n');
    expect(parsePing(shuffled)).toMatchObject({ rttMicroseconds: 300, jitterMicroseconds: 100 });
  });

  it('finds RTT within half a percent of the true median, for any round trips and losses', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 2_000_000 }), { minLength: 2, maxLength: 30 }),
        fc.nat({ max: 10 }),
        (times, lost) => {
          const result = parsePing(pingOutput(times, times.length + lost));
          if (result.outcome !== 'answered') throw new Error(`not answered: ${JSON.stringify(result)}`);
          const sorted = times.slice(1).sort((a, b) => a - b);
          const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
          const high = sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0;
          const middle = (low + high) / 2;
          expect(Math.abs(result.rttMicroseconds - middle)).toBeLessThanOrEqual(0.005 * high + 1);
          expect(result).toMatchObject({ transmitted: times.length + lost, received: times.length });
        },
      ),
    );
  });

  it('makes something of any text, and never more replies than pings', () => {
    const line = fc.constantFrom(
      ...['normal', 'duplicates', 'host-unreachable', 'slow', 'no-route'].flatMap((name) => recorded(name).split('\n')),
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.oneof(line, fc.string())).map((lines) => lines.join('\n')),
    );
    fc.assert(
      fc.property(text, (output) => {
        const result = parsePing(output);
        if (result.outcome === 'failed') expect(result.reason).not.toBe('');
        else expect(result.received).toBeLessThanOrEqual(result.transmitted);
      }),
    );
  });
});

function recorded(name: string): string {
  return readFileSync(new URL(`../../test/fixtures/ping/${name}.txt`, import.meta.url), 'utf8');
}

function answered(
  counts: Pick<PingResult & { outcome: 'answered' }, 'transmitted' | 'received' | 'rttMicroseconds'> &
    Partial<PingResult & { outcome: 'answered' }>,
): PingResult {
  return { outcome: 'answered', duplicates: 0, ...counts };
}

/** What ping writes when the first of `transmitted` pings come back after these times. */
function pingOutput(times: readonly number[], transmitted: number): string {
  const replies = times.map(
    (time, index) => `64 bytes from 192.0.2.2: icmp_seq=${index + 1} ttl=64 time=${inMilliseconds(time)} ms`,
  );
  const summary = `${transmitted} packets transmitted, ${times.length} received, 0% packet loss, time 1ms`;
  return ['PING 192.0.2.2 (192.0.2.2) 56(84) bytes of data.', ...replies, '', summary].join('\n');
}

/** Rounded as ping does. */
function inMilliseconds(microseconds: number): string {
  if (microseconds >= 100_000) return (microseconds / 1000).toFixed(0);
  if (microseconds >= 10_000) return (microseconds / 1000).toFixed(1);
  return (microseconds / 1000).toFixed(microseconds >= 1000 ? 2 : 3);
}
