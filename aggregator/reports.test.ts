import { describe, expect, it } from 'vitest';
import { readReport } from '#aggregator/reports.ts';
import { NOW_MS, secondsAgo } from '#test/builders.ts';

const PING = {
  kind: 'rtt',
  destination: 'b',
  measuredAt: secondsAgo(1),
  transmitted: 7,
  received: 7,
  rttMicroseconds: 5,
};
const TEST = {
  kind: 'bandwidth',
  destination: 'b',
  measuredAt: secondsAgo(1),
  leaseId: 'l',
  bandwidthBitsPerSecond: 9,
};
const ground = { isKnown: (node: string) => node === 'a' || node === 'b', objectionTo: () => undefined, nowMs: NOW_MS };

describe('readReport', () => {
  it('takes a report with a destination that is not known: it may just have been removed', () => {
    const body = { node: 'a', measurements: [PING, TEST, { ...PING, destination: 'gone' }] };
    expect(readReport(body, ground).measurements).toHaveLength(3);
  });

  it.each([
    { name: 'no body', body: undefined, message: 'report: (the whole): missing, wanted object' },
    {
      name: 'no measurement',
      body: { node: 'a', measurements: [] },
      message: /^report: measurements: a report without any measurement/,
    },
    {
      name: 'an origin that is not known',
      body: { node: 'x', measurements: [PING] },
      message: 'report: node: there is no node x in the cluster',
    },
    {
      name: 'a time too far in the future',
      body: { node: 'a', measurements: [PING, { ...PING, measuredAt: secondsAgo(-61) }] },
      message: `report: measurements[1].measuredAt: more than 60 s in the future, found ${secondsAgo(-61)}`,
    },
    {
      name: 'a time too long ago',
      body: { node: 'a', measurements: [{ ...PING, measuredAt: secondsAgo(86_401) }] },
      message: `report: measurements[0].measuredAt: more than 24 h ago, found ${secondsAgo(86_401)}`,
    },
    {
      name: 'a link of a node to itself',
      body: { node: 'a', measurements: [{ ...PING, destination: 'a' }] },
      message: 'report: measurements[0].destination: the origin itself, found a',
    },
    {
      name: 'an RTT without an answer',
      body: { node: 'a', measurements: [{ ...PING, received: 0 }] },
      message: /^report: measurements\[0\].rttMicroseconds: wanted exactly where a ping was answered/,
    },
    {
      name: 'a failed test with a value',
      body: { node: 'a', measurements: [{ ...TEST, error: 'refused' }] },
      message: /^report: measurements\[0\].bandwidthBitsPerSecond: wanted either a bandwidth or an error/,
    },
    {
      name: 'an unknown kind',
      body: { node: 'a', measurements: [{ ...PING, kind: 'hops' }] },
      message: /^report: measurements\[0\].kind: /,
    },
  ])('refuses $name and names the field', ({ body, message }) => {
    expect(() => readReport(body, ground)).toThrow(message);
  });

  it('refuses a result that does not belong to its lease', () => {
    const strict = { ...ground, objectionTo: () => 'the lease is of b -> a' };
    expect(() => readReport({ node: 'a', measurements: [TEST] }, strict)).toThrow(
      'report: measurements[0].leaseId: the lease is of b -> a, found a -> b',
    );
  });

  it('allows clocks to differ by a minute', () => {
    expect(() =>
      readReport({ node: 'a', measurements: [{ ...PING, measuredAt: secondsAgo(-60) }] }, ground),
    ).not.toThrow();
  });
});
