import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { malformation } from '#aggregator/reports/read-measurement.ts';
import { measurement } from '#core/api/agent.ts';
import { secondsAgo } from '#test/builders.ts';

const GOOD = [
  {
    kind: 'rtt',
    destination: 'node-b.example',
    measuredAt: secondsAgo(1),
    method: 'tcp',
    disturbedBy: 'throttled',
    transmitted: 7,
    received: 6,
    rttMicroseconds: 512,
    jitterMicroseconds: 20,
  },
  { kind: 'rtt', destination: 'b', measuredAt: '2026-01-31T12:00:00+02:00', transmitted: 7, received: 0 },
  {
    kind: 'bandwidth',
    destination: 'b',
    measuredAt: '2026-01-31T12:00:00Z',
    leaseId: 'l',
    bandwidthBitsPerSecond: 1e9,
    protocol: 'udp',
    congestionControl: 'cubic',
    jitterMicroseconds: 3,
    lossPartsPerMillion: 1000,
    disturbedBy: 'bandwidthTest',
  },
  { kind: 'bandwidth', destination: 'b', measuredAt: secondsAgo(1), leaseId: 'l', error: 'refused' },
] as const;

const FIELDS = [...new Set(GOOD.flatMap((each) => Object.keys(each)))];

/** Values at and beyond the limits of every field, and of every JSON type. */
const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom(-1, 0, 1, 0.5, 7, 8, 100_000, 100_001, 6e7, 6e7 + 1, 1e13, 1e13 + 1, 1e6 + 1, 2 ** 53, 1e308),
  fc.constantFrom(
    'rtt',
    'bandwidth',
    'tcp',
    'udp',
    'icmp',
    'throttled',
    '',
    'a'.repeat(32),
    'a'.repeat(33),
    'a'.repeat(64),
    'a'.repeat(65),
  ),
  fc.constantFrom('A', 'a.', 'a b', 'ä', 'a\n', 'a'.repeat(253), 'a'.repeat(254), 'e'.repeat(500), 'e'.repeat(501)),
  fc.constantFrom(secondsAgo(0), '2026-02-30T00:00:00Z', '2026-01-01', '2026-01-01T00:00:00', '2026-01-01T24:00:00Z'),
  fc.constantFrom(
    '2024-02-29T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00:00.123456-0800',
  ),
  fc.constant(undefined),
);

describe('malformation', () => {
  it.each(GOOD)('finds nothing in $kind to $destination', (good) => {
    expect(malformation(good)).toBeUndefined();
  });

  it('has the same verdict as the schema, whatever is changed, missing or added', () => {
    const changes = fc.dictionary(fc.constantFrom(...FIELDS, 'other'), strange, { maxKeys: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...GOOD), changes, (good, changed) => {
        const value = { ...good, ...changed };
        expect(malformation(value) === undefined).toBe(measurement.safeParse(value).success);
      }),
      { numRuns: 3000 },
    );
  });

  it('has the same verdict as the schema of what is no measurement at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.constant(undefined)), (value) => {
        expect(malformation(value) === undefined).toBe(measurement.safeParse(value).success);
      }),
    );
  });

  it.each([
    { change: { received: 8 }, problem: 'received: more received than transmitted' },
    { change: { rttMicroseconds: undefined }, problem: 'rttMicroseconds: wanted exactly where a ping was answered' },
    { change: { transmitted: undefined }, problem: 'transmitted: missing, wanted a whole number from 1 to 100000' },
    { change: { rttMicroseconds: null }, problem: 'rttMicroseconds: wanted a whole number from 0 to 60000000' },
    { change: { rttMicroseconds: 1.5 }, problem: 'rttMicroseconds: wanted a whole number from 0 to 60000000' },
    { change: { kind: 'hops' }, problem: 'kind: wanted rtt or bandwidth' },
    { change: { destination: 'Node B' }, problem: 'destination: wanted a node name' },
  ])('names the field: $problem', ({ change, problem }) => {
    expect(malformation({ ...GOOD[0], ...change })).toBe(problem);
  });
});
