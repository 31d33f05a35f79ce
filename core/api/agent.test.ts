import { describe, expect, it } from 'vitest';
import { MAX_MEASUREMENTS_PER_REPORT, probePlanQuery, report } from './agent.ts';

const at = '2026-01-01T12:00:00.000Z';
const rtt = { kind: 'rtt', destination: 'b', measuredAt: at, transmitted: 7, received: 6, rttMicroseconds: 500 };
const bandwidth = { kind: 'bandwidth', destination: 'b', measuredAt: at, leaseId: '1', bandwidthBitsPerSecond: 1e9 };

function problemOf(measurement: object): string | undefined {
  const issue = report.safeParse({ node: 'a', measurements: [measurement] }).error?.issues[0];
  return issue && `${issue.path.slice(2).join('.')}: ${issue.message}`;
}

describe('a report', () => {
  it.each([
    ['an answered probe', rtt],
    ['a probe without any answer', { ...rtt, received: 0, rttMicroseconds: undefined }],
    ['a bandwidth', bandwidth],
    ['a test that failed', { ...bandwidth, bandwidthBitsPerSecond: undefined, error: 'server is busy' }],
    ['a time with an offset', { ...rtt, measuredAt: '2026-01-01T13:00:00.123456+01:00' }],
  ])('may hold %s', (_name, measurement) => {
    expect(problemOf(measurement)).toBeUndefined();
  });

  it.each([
    ['more answers than pings', { ...rtt, received: 8 }, /^received: more received than transmitted/],
    ['an RTT without an answer', { ...rtt, received: 0 }, /^rttMicroseconds: wanted exactly where/],
    ['answers without an RTT', { ...rtt, rttMicroseconds: undefined }, /^rttMicroseconds: wanted exactly where/],
    ['a bandwidth and an error', { ...bandwidth, error: 'x' }, /^bandwidthBitsPerSecond: wanted either/],
    ['neither of them', { ...bandwidth, bandwidthBitsPerSecond: undefined }, /^bandwidthBitsPerSecond: wanted either/],
    ['a failure told as 0 bit/s', { ...bandwidth, bandwidthBitsPerSecond: 0 }, /^bandwidthBitsPerSecond: Too small/],
    ['fractions of a microsecond', { ...rtt, rttMicroseconds: 1.5 }, /^rttMicroseconds: /],
    ['a minute and more', { ...rtt, rttMicroseconds: 60_000_001 }, /^rttMicroseconds: Too big/],
    ['a time without a zone', { ...rtt, measuredAt: '2026-01-01T12:00:00' }, /^measuredAt: /],
    ['a name that no node has', { ...rtt, destination: 'B_1' }, /^destination: not a node name/],
    ['what is no measurement', { ...rtt, kind: 'jitter' }, /^kind: /],
  ])('may not hold %s', (_name, measurement, problem) => {
    expect(problemOf(measurement)).toMatch(problem);
  });

  it('is bounded, and not empty', () => {
    const of = (count: number) => report.safeParse({ node: 'a', measurements: Array(count).fill(rtt) }).success;
    expect([0, 1, MAX_MEASUREMENTS_PER_REPORT, MAX_MEASUREMENTS_PER_REPORT + 1].map(of)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

it('a plan is asked for by a query, whose numbers are text', () => {
  expect(probePlanQuery.parse({ node: 'a' })).toEqual({ node: 'a', waitSeconds: 0 });
  expect(probePlanQuery.parse({ node: 'a', waitSeconds: '30' }).waitSeconds).toBe(30);
  expect(probePlanQuery.safeParse({ node: 'a', waitSeconds: '61' }).success).toBe(false);
  expect(probePlanQuery.safeParse({ node: 'a', waitSeconds: 'long' }).success).toBe(false);
});
