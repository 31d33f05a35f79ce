import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIperf3 } from '#core/measurement/iperf3-output.ts';

describe('parseIperf3', () => {
  it('takes what the receiver counted, the RTT under load and the congestion control', () => {
    expect(parseIperf3(recorded('normal.json'))).toEqual({
      outcome: 'answered',
      bandwidthBitsPerSecond: 200_276_214,
      bytes: 50_069_504,
      rttUnderLoadMicroseconds: 21,
      congestionControl: 'bbr',
    });
  });

  it.each([
    {
      behaviour: 'of UDP what arrived, jitter and no loss',
      fixture: 'udp.json',
      want: { bandwidthBitsPerSecond: 19_992_005, bytes: 4_998_496, jitterMicroseconds: 6, lossPartsPerMillion: 0 },
    },
    {
      behaviour: 'of UDP what arrived and not what was sent, where half was lost',
      fixture: 'udp-loss.json',
      want: {
        bandwidthBitsPerSecond: 9_780_014,
        bytes: 2_474_632,
        jitterMicroseconds: 305,
        lossPartsPerMillion: 504_635,
      },
    },
  ])('takes $behaviour', ({ fixture, want }) => {
    expect(parseIperf3(recorded(fixture))).toEqual({ outcome: 'answered', ...want });
  });

  it('keeps a loss within 0 and 1, although datagrams that overtook others can make it negative', () => {
    const output = JSON.parse(recorded('udp.json'));
    output.end.sum = { ...output.end.sum, lost_percent: -0.03 };
    expect(parseIperf3(JSON.stringify(output))).toMatchObject({ outcome: 'answered', lossPartsPerMillion: 0 });
  });

  it("does without an RTT in the server's output", () => {
    expect(parseIperf3(recorded('server.json'))).toEqual({
      outcome: 'answered',
      bandwidthBitsPerSecond: 200_276_214,
      bytes: 50_069_504,
    });
  });

  it.each([
    { fixture: 'busy.json', serverNotReady: true, reason: 'the server is busy running a test. try again later' },
    { fixture: 'refused.json', serverNotReady: true, reason: 'unable to connect to server: Connection refused' },
    { fixture: 'killed-server.json', serverNotReady: false, reason: 'control socket has closed unexpectedly' },
    { fixture: 'terminated-server.json', serverNotReady: false, reason: 'the server has terminated' },
    { fixture: 'silent-server.json', serverNotReady: false, reason: 'unable to send control message: Broken pipe' },
    {
      fixture: 'server-wrong-address.json',
      serverNotReady: false,
      reason: 'error - unable to start listener for connections: Cannot assign requested address',
    },
    { fixture: 'killed-client.json', serverNotReady: false, reason: 'iperf3 said nothing' },
    {
      fixture: 'unknown-option.txt',
      serverNotReady: false,
      reason: "iperf3: unrecognized option '--no-such-option'",
    },
  ])('fails on $fixture, although iperf3 mostly exits 0', ({ fixture, serverNotReady, reason }) => {
    expect(parseIperf3(recorded(fixture))).toEqual({ outcome: 'failed', reason, serverNotReady });
  });

  it('fails where nothing arrived', () => {
    const output = JSON.parse(recorded('normal.json'));
    output.end.sum_received = { ...output.end.sum_received, bytes: 0, bits_per_second: 0 };
    expect(parseIperf3(JSON.stringify(output))).toMatchObject({ outcome: 'failed', reason: 'no data arrived' });
  });

  it('fails on an empty end without an error', () => {
    const output = { ...JSON.parse(recorded('normal.json')), end: {} };
    expect(parseIperf3(JSON.stringify(output))).toMatchObject({ outcome: 'failed', reason: 'iperf3 gave no result' });
  });

  it('fails wherever the output is cut off', () => {
    const whole = recorded('normal.json').trimEnd();
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), (length) => {
        expect(parseIperf3(whole.slice(0, length))).toMatchObject({ outcome: 'failed', serverNotReady: false });
      }),
    );
    expect(parseIperf3(whole.slice(0, 500))).toMatchObject({ reason: 'the output of iperf3 is cut short' });
  });

  it('makes something of any text, and never a bandwidth of zero', () => {
    const sum = fc.record({ bytes: fc.nat(), bits_per_second: fc.double({ min: 0, max: 1e12, noNaN: true }) });
    const output = fc.record({ end: fc.record({ sum_received: sum }, { requiredKeys: [] }) }, { requiredKeys: [] });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          output.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          const result = parseIperf3(text);
          if (result.outcome === 'answered') expect(result.bandwidthBitsPerSecond).toBeGreaterThan(0);
          else expect(result.reason).not.toBe('');
        },
      ),
    );
  });
});

function recorded(name: string): string {
  return readFileSync(new URL(`../../test/fixtures/iperf3/${name}`, import.meta.url), 'utf8');
}
