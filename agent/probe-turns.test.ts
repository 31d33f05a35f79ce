import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProbeTurns, nextTurnMs, type ProbeTurns } from '#agent/probe-turns.ts';

describe('nextTurnMs', () => {
  it('is within one interval and on the same point of every interval', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 3600 }), fc.nat({ max: 1e9 }), (key, seconds, now) => {
        const intervalMs = seconds * 1000;
        const turn = nextTurnMs(key, intervalMs, now);
        expect(turn).toBeGreaterThanOrEqual(now - 1e-3);
        expect(turn).toBeLessThan(now + intervalMs + 1e-3);
        expect(nextTurnMs(key, intervalMs, turn + intervalMs / 2)).toBeCloseTo(turn + intervalMs, 3);
      }),
    );
  });

  it('spreads peers over the interval', () => {
    const tenths = Array.from({ length: 1000 }, (_, peer) => Math.floor(nextTurnMs(`a node-${peer}`, 1000, 0) / 100));
    for (let tenth = 0; tenth < 10; tenth += 1) {
      expect(tenths.filter((found) => found === tenth).length).toBeGreaterThan(60);
    }
  });
});

describe('probe turns', () => {
  let turns: ProbeTurns;
  let taken: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    taken = [];
    turns = createProbeTurns('a', (peer) => taken.push(`${peer.node} ${peer.address}`));
  });

  afterEach(() => {
    turns.stop();
    vi.useRealTimers();
  });

  it('come once per interval for every peer', () => {
    turns.follow([peer('b'), peer('c')], 1000);
    vi.advanceTimersByTime(5000);
    expect(taken.toSorted()).toEqual([...Array(5).fill('b 192.0.2.1'), ...Array(5).fill('c 192.0.2.1')]);
  });

  it('stay where they were when the same plan comes again', () => {
    turns.follow([peer('b')], 1000);
    for (let count = 0; count < 50; count += 1) {
      vi.advanceTimersByTime(100);
      turns.follow([peer('b')], 1000);
    }
    expect(taken).toHaveLength(5);
  });

  it('end for peers that left, and go on at the new address of one that moved', () => {
    turns.follow([peer('b'), peer('c')], 1000);
    turns.follow([peer('c', '192.0.2.9')], 1000);
    vi.advanceTimersByTime(2000);
    expect(taken).toEqual(['c 192.0.2.9', 'c 192.0.2.9']);
  });

  it('end with stop', () => {
    turns.follow([peer('b')], 1000);
    turns.stop();
    vi.advanceTimersByTime(2000);
    expect(taken).toEqual([]);
  });
});

function peer(node: string, address = '192.0.2.1') {
  return { node, address };
}
