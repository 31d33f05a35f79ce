import { describe, expect, it } from 'vitest';
import { bandwidthProbe } from '#core/api/network-topology.ts';
import { NOW_MS } from '#test/builders.ts';
import { ByteBudget } from './byte-budget.ts';

const PROBE = bandwidthProbe.parse({ bytesPerHour: 1_000_000_000 });
const HOUR_MS = 3_600_000;
const AB = { origin: 'a', destination: 'b' };

describe('ByteBudget', () => {
  it('takes a node of which nothing is known for one of 1 Gbit/s', () => {
    const budget = new ByteBudget();
    expect(budget.allowance('a', PROBE)).toBe(4.5e9);
    expect(budget.expectedBytes(AB, PROBE)).toBe(375e6);
  });

  it('lets a node spend a share of what its fastest link carries, in either direction', () => {
    const budget = new ByteBudget();
    budget.measured(AB, 80e6);
    budget.measured({ origin: 'c', destination: 'a' }, 200e6);
    expect(budget.allowance('a', PROBE)).toBe(900e6);
    expect(budget.allowance('b', PROBE)).toBe(360e6);
    expect(budget.allowance('b', { ...PROBE, budgetPercent: 5 })).toBe(1.8e9);
  });

  it('expects of a test what the slower end can, and no more than a test may move', () => {
    const budget = new ByteBudget();
    budget.measured({ origin: 'a', destination: 'c' }, 100e9);
    expect(budget.expectedBytes({ origin: 'a', destination: 'c' }, PROBE)).toBe(2e9);
    budget.measured({ origin: 'b', destination: 'd' }, 8e6);
    expect(budget.expectedBytes(AB, PROBE)).toBe(3e6);
  });

  it('comes down test by test where a node has become slower', () => {
    const budget = new ByteBudget();
    budget.measured(AB, 100e6);
    budget.measured(AB, 10e6);
    expect(budget.allowance('a', PROBE)).toBe(405e6);
    for (let test = 0; test < 30; test += 1) budget.measured(AB, 10e6);
    expect(budget.allowance('a', PROBE)).toBe(45e6);
  });

  it('counts a test at both ends and once for the cluster, for an hour', () => {
    const budget = new ByteBudget();
    const use = budget.add({ ...AB, atMs: NOW_MS, bytes: 600e6 });
    expect(budget.room(PROBE, NOW_MS).cluster).toBe(400e6);
    expect(['a', 'b', 'c'].map(budget.room(PROBE, NOW_MS).of)).toEqual([3.9e9, 3.9e9, 4.5e9]);
    use.bytes = 100e6;
    expect(budget.room(PROBE, NOW_MS + HOUR_MS - 1).of('a')).toBe(4.4e9);
    expect(budget.tests(NOW_MS + HOUR_MS - 1)).toBe(1);
    expect(budget.room(PROBE, NOW_MS + HOUR_MS)).toMatchObject({ cluster: 1e9 });
    expect(budget.tests(NOW_MS + HOUR_MS)).toBe(0);
  });
});
