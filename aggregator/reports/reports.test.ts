import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REJECTIONS } from '#aggregator/reports/plausibility.ts';
import { readReport, receiptOf } from '#aggregator/reports/reports.ts';
import { reportReceipt } from '#core/api/agent.ts';
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
const READING = {
  measuredAt: secondsAgo(1),
  speedBitsPerSecond: 1e9,
  sentBitsPerSecond: 0,
  receivedBitsPerSecond: 5e8,
};
const ground = { isKnown: (node: string) => node === 'a' || node === 'b', objectionTo: () => undefined, nowMs: NOW_MS };

function rejections(...measurements: unknown[]) {
  return readReport({ node: 'a', measurements }, ground).rejected.map(({ reason, detail }) => `${reason}: ${detail}`);
}

describe('readReport', () => {
  it('takes what is plausible', () => {
    const report = readReport({ node: 'a', measurements: [PING, TEST] }, ground);
    expect(report.plausible.map(({ measurement }) => measurement)).toEqual([PING, TEST]);
    expect(report.plausible.map(({ measuredAtMs }) => measuredAtMs)).toEqual([NOW_MS - 1000, NOW_MS - 1000]);
    expect(receiptOf(report, 1)).toEqual({ accepted: 1, duplicates: 1 });
  });

  it.each([
    { name: 'no body', body: undefined, message: 'report: (the whole): wanted an object' },
    { name: 'a list', body: [PING], message: 'report: (the whole): wanted an object' },
    { name: 'no node', body: { measurements: [PING] }, message: 'report: node: wanted the name of a node' },
    { name: 'a node that is no name', body: { node: 'A B', measurements: [PING] }, message: 'report: node: wanted' },
    { name: 'no list', body: { node: 'a', measurements: {} }, message: 'report: measurements: wanted a list' },
    {
      name: 'no measurement',
      body: { node: 'a', measurements: [] },
      message: 'report: measurements: a report without any measurement',
    },
    {
      name: 'too many measurements',
      body: { node: 'a', measurements: Array(1001).fill(PING) },
      message: 'report: measurements: wanted at most 1000, found 1001',
    },
    {
      name: 'an origin that is not known',
      body: { node: 'x', measurements: [PING] },
      message: 'report: node: there is no node x in the cluster',
    },
  ])('refuses a report with $name', ({ body, message }) => {
    expect(() => readReport(body, ground)).toThrow(message);
  });

  it.each([
    { measurement: null, reason: 'malformed: wanted an object' },
    {
      measurement: { ...PING, received: 0 },
      reason: 'malformed: rttMicroseconds: wanted exactly where a ping was answered',
    },
    { measurement: { ...PING, rttMicroseconds: -1 }, reason: 'malformed: rttMicroseconds: wanted a whole number' },
    { measurement: { ...PING, rttMicroseconds: '5' }, reason: 'malformed: rttMicroseconds: wanted a whole number' },
    { measurement: { ...PING, rttMicroseconds: null }, reason: 'malformed: rttMicroseconds: wanted a whole number' },
    { measurement: { ...PING, rttMicroseconds: 10_000_000 }, reason: 'absurd: rttMicroseconds: more than 5000000' },
    {
      measurement: { ...PING, jitterMicroseconds: 5_000_001 },
      reason: 'absurd: jitterMicroseconds: more than 5000000',
    },
    { measurement: { ...PING, transmitted: 1001 }, reason: 'absurd: transmitted: more than 1000' },
    {
      measurement: { ...TEST, bandwidthBitsPerSecond: 10e12 },
      reason: 'absurd: bandwidthBitsPerSecond: more than 2000',
    },
    { measurement: { ...TEST, congestionControl: '\u001b[2J' }, reason: 'malformed: congestionControl: wanted a name' },
    {
      measurement: { ...PING, measuredAt: secondsAgo(-61) },
      reason: 'future: measuredAt: more than 60 s in the future',
    },
    { measurement: { ...PING, measuredAt: secondsAgo(86_401) }, reason: 'ancient: measuredAt: more than 24 h ago' },
    { measurement: { ...PING, measuredAt: '0001-01-01T00:00:00Z' }, reason: 'ancient: measuredAt' },
    { measurement: { ...PING, destination: 'a' }, reason: 'ownNode: destination: the origin itself, found a' },
    { measurement: { ...PING, destination: 'gone' }, reason: 'unknownDestination: destination: there is no node gone' },
  ])('rejects one measurement, and tells why: $reason', ({ measurement, reason }) => {
    const found = rejections(PING, measurement, TEST);
    expect(found).toEqual([expect.stringContaining(reason)]);
    expect(REJECTIONS).toContain(found[0]?.split(':')[0]);
  });

  it('rejects a result that does not belong to its lease', () => {
    const strict = { ...ground, objectionTo: () => 'the lease is of b -> a' };
    const { plausible, rejected } = readReport({ node: 'a', measurements: [TEST, PING] }, strict);
    expect(rejected).toEqual([{ index: 0, reason: 'lease', detail: 'leaseId: the lease is of b -> a, found a -> b' }]);
    expect(plausible).toHaveLength(1);
  });

  it('allows clocks to differ by a minute', () => {
    expect(rejections({ ...PING, measuredAt: secondsAgo(-60) })).toEqual([]);
  });

  it.each([
    { reading: null, reason: 'malformed: interface: Invalid input: expected object, received null' },
    { reading: { ...READING, speedBitsPerSecond: -1 }, reason: 'malformed: interface.speedBitsPerSecond: ' },
    { reading: { ...READING, sentBitsPerSecond: undefined }, reason: 'malformed: interface.sentBitsPerSecond: ' },
    {
      reading: { ...READING, measuredAt: 'noon' },
      reason: 'malformed: interface.measuredAt: not a time as in RFC 3339',
    },
    {
      reading: { ...READING, speedBitsPerSecond: 10e12 },
      reason: 'absurd: interface.speedBitsPerSecond: more than 2000000000000, found 10000000000000',
    },
    { reading: { ...READING, sentBitsPerSecond: 2e12 + 1 }, reason: 'absurd: interface.sentBitsPerSecond: more than' },
    { reading: { ...READING, receivedBitsPerSecond: 2e12 + 1 }, reason: 'absurd: interface.receivedBitsPerSecond: ' },
    { reading: { ...READING, measuredAt: secondsAgo(-61) }, reason: 'future: interface.measuredAt: more than 60 s' },
    {
      reading: { ...READING, measuredAt: secondsAgo(86_401) },
      reason: 'ancient: interface.measuredAt: more than 24 h',
    },
    { reading: { ...READING, measuredAt: '2001-01-01T00:00:00Z' }, reason: 'ancient: interface.measuredAt: ' },
  ])('rejects the reading of the interface alone, and tells why: $reason', ({ reading, reason }) => {
    const report = readReport({ node: 'a', measurements: [PING], interface: reading }, ground);
    expect(report.interface).toBeUndefined();
    expect(report.rejected).toEqual([{ reason: reason.split(':')[0], detail: expect.any(String) }]);
    const rejectedInterface = expect.stringContaining(reason);
    expect(receiptOf(report, 0)).toEqual({ accepted: 1, duplicates: 0, rejectedInterface });
  });

  it.each([
    { limit: 'the largest figures', reading: { speedBitsPerSecond: 2e12, sentBitsPerSecond: 2e12 } },
    { limit: 'a clock that is a minute ahead', reading: { measuredAt: secondsAgo(-60) } },
    { limit: 'a day', reading: { measuredAt: secondsAgo(86_400) } },
  ])('takes a reading of the interface at the limit: $limit', ({ reading }) => {
    const report = readReport({ node: 'a', measurements: [], interface: { ...READING, ...reading } }, ground);
    expect(report.interface).toEqual({ ...READING, ...reading });
    expect(receiptOf(report, 0)).toEqual({ accepted: 0, duplicates: 0 });
  });

  it('tells of a rejected reading so that agents which know nothing of it read the receipt as before', () => {
    const body = { node: 'a', measurements: [PING, null], interface: {} };
    const receipt = receiptOf(readReport(body, ground), 0);
    const { rejectedInterface, ...known } = receipt;
    expect(rejectedInterface).toContain('malformed: interface.measuredAt');
    expect(reportReceipt.omit({ rejectedInterface: true }).parse(receipt)).toEqual(known);
    expect(known.rejected).toEqual([{ index: 1, reason: 'malformed: wanted an object' }]);
  });

  it('loses nothing that is plausible, whatever else is in the report', () => {
    const strange = fc.oneof(fc.jsonValue(), fc.constant({ ...PING, destination: 'a' }));
    const reading = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, READING));
    const parts = fc.array(fc.oneof(strange, fc.constant(PING)), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(parts, reading, (measurements, given) => {
        const report = readReport({ node: 'a', measurements, interface: given }, ground);
        const { plausible, rejected } = report;
        const ofMeasurements = rejected.filter(({ index }) => index !== undefined);
        expect(plausible).toHaveLength(measurements.filter((each) => each === PING).length);
        expect(plausible.length + ofMeasurements.length).toBe(measurements.length);
        expect(report.interface).toEqual(given === READING ? READING : undefined);
        expect(rejected.length - ofMeasurements.length).toBe(given === READING || given === undefined ? 0 : 1);
      }),
    );
  });
});
