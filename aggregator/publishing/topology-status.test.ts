import { describe, expect, it } from 'vitest';
import { makeClusterNodes } from '#aggregator/builders.ts';
import type { PlanCoverage } from '#aggregator/probe-plans/plan-coverage.ts';
import { statusDiffers, topologyStatus } from '#aggregator/publishing/topology-status.ts';
import { type NetworkTopologyStatus, networkTopologySpec, networkTopologyStatus } from '#core/api/network-topology.ts';
import { LinkMatrix } from '#core/topology/link-matrix.ts';
import { makeSlice, NOW, NOW_MS, secondsAgo } from '#test/builders.ts';

const SPEC = networkTopologySpec.parse({});
const COMPLETE: PlanCoverage = { plannedLinks: 2, measuredLinks: 2, testableLinks: 2, testedLinks: 2 };

function status(
  options: {
    coverage?: Partial<PlanCoverage>;
    rttMicroseconds?: number;
    previous?: NetworkTopologyStatus;
    bytesPerHour?: number;
    tooLargePairs?: number;
    nowMs?: number;
  } = {},
): NetworkTopologyStatus {
  const {
    coverage,
    rttMicroseconds = 10_000,
    previous,
    bytesPerHour = 1e9,
    tooLargePairs = 0,
    nowMs = NOW_MS,
  } = options;
  const nodes = makeClusterNodes(2, 2);
  const spec = networkTopologySpec.parse({ probe: { bandwidth: { bytesPerHour } } });
  const slices = [makeSlice('n0', { n1: { rttMicroseconds } }), makeSlice('n1', { n0: { rttMicroseconds } })];
  const matrix = LinkMatrix.of({ nodes, slices, spec, nowMs: NOW_MS });
  const overview = { matrix, coverage: { ...COMPLETE, ...coverage }, version: 1, madeAtMs: NOW_MS };
  return topologyStatus({ overview, nodes, readyNodes: 2, tooLargePairs, spec, generation: 3, previous, nowMs });
}

describe('topologyStatus', () => {
  it('is a valid status with maxima and zone medians', () => {
    expect(networkTopologyStatus.parse(status())).toMatchObject({
      nodes: 2,
      measuredLinks: 2,
      coveragePercent: 100,
      maxima: { rttMicroseconds: 10_000 },
      zones: [
        { origin: 'zone-0', destination: 'zone-1' },
        { origin: 'zone-1', destination: 'zone-0' },
      ],
      lastUpdateTime: new Date(NOW_MS).toISOString(),
    });
  });

  it.each([
    { name: 'True when every planned link is measured', coverage: {}, want: ['Measured', 'True', 'AllLinksMeasured'] },
    {
      name: 'False while one is missing',
      coverage: { plannedLinks: 1000, measuredLinks: 999 },
      want: ['Measured', 'False', 'LinksMissing'],
    },
    {
      name: 'Unknown where there is no link',
      coverage: { plannedLinks: 0, measuredLinks: 0 },
      want: ['Measured', 'Unknown', 'NoLinks'],
    },
    {
      name: 'True when every link that answers is tested',
      coverage: {},
      want: ['BandwidthMeasured', 'True', 'AllLinksTested'],
    },
    {
      name: 'False while one is not tested',
      coverage: { testedLinks: 1 },
      want: ['BandwidthMeasured', 'False', 'LinksMissing'],
    },
    {
      name: 'False where tests move more than an hour may',
      coverage: { testedLinks: 1 },
      tooLargePairs: 1,
      want: ['BandwidthMeasured', 'False', 'TestsTooLarge'],
    },
    {
      name: 'False where tests are switched off',
      coverage: {},
      bytesPerHour: 0,
      want: ['BandwidthMeasured', 'False', 'SwitchedOff'],
    },
    { name: 'True when every node can be probed', coverage: {}, want: ['Addressed', 'True', 'AllNodesAddressed'] },
  ])('has the condition $want.0 $name', ({ coverage, bytesPerHour = 1e9, tooLargePairs = 0, want }) => {
    const condition = status({ coverage, bytesPerHour, tooLargePairs }).conditions?.find(
      ({ type }) => type === want[0],
    );
    expect([condition?.type, condition?.status, condition?.reason]).toEqual(want);
    expect(condition?.observedGeneration).toBe(3);
  });

  it('never rounds up to full coverage', () => {
    expect(status({ coverage: { plannedLinks: 1000, measuredLinks: 999 } }).coveragePercent).toBe(99);
  });

  it('keeps the time of a condition that stays, and gives a new one to one that changes', () => {
    const before = status({ coverage: { testedLinks: 0 }, nowMs: NOW_MS - 60_000 });
    const after = status({ previous: before });
    const timeOf = (wanted: string) => after.conditions?.find(({ type }) => type === wanted)?.lastTransitionTime;
    expect(timeOf('Measured')).toBe(secondsAgo(60));
    expect(timeOf('BandwidthMeasured')).toBe(new Date(NOW_MS).toISOString());
  });
});

describe('statusDiffers', () => {
  it.each([
    { name: 'nothing was published', previous: undefined, next: status(), want: true },
    { name: 'only the time went on', previous: status(), next: status({ nowMs: NOW_MS + 150_000 }), want: false },
    {
      name: 'half of the freshness is over',
      previous: status(),
      next: status({ nowMs: NOW_MS + 150_001 }),
      want: true,
    },
    {
      name: 'the clock was set back by an hour',
      previous: status(),
      next: status({ nowMs: NOW_MS - 3_600_000 }),
      want: true,
    },
    { name: 'a median moved by noise', previous: status(), next: status({ rttMicroseconds: 10_900 }), want: false },
    { name: 'a median moved', previous: status(), next: status({ rttMicroseconds: 11_100 }), want: true },
    { name: 'coverage grew', previous: status({ coverage: { measuredLinks: 1 } }), next: status(), want: true },
    { name: 'bandwidth is complete', previous: status({ coverage: { testedLinks: 1 } }), next: status(), want: true },
  ])('$want where $name', ({ previous, next, want }) => {
    expect(statusDiffers(previous, next, SPEC)).toBe(want);
  });

  it('finds no difference in what the API server gives back', () => {
    const published = networkTopologyStatus.parse(JSON.parse(JSON.stringify(status())));
    expect(statusDiffers(published, status({ previous: published, nowMs: Date.parse(NOW) + 1000 }), SPEC)).toBe(false);
  });
});
