import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NodeTests } from '#aggregator/bandwidth/node-tests.ts';

const AB = { origin: 'a', destination: 'b' };

describe('NodeTests', () => {
  it.each([
    { behaviour: 'that ended when the test began', from: 500, until: 1000, want: true },
    { behaviour: 'that ended before', from: 500, until: 999, want: false },
    { behaviour: 'amid the test', from: 2000, until: 3000, want: true },
    { behaviour: 'around the test', from: 0, until: 9000, want: true },
    { behaviour: 'that began when the test ended', from: 4000, until: 5000, want: true },
    { behaviour: 'that began after', from: 4001, until: 5000, want: false },
  ])('says of a time $behaviour whether both ends were in it: $want', ({ from, until, want }) => {
    const tests = new NodeTests();
    tests.began(AB, 1000);
    tests.ended(AB, 4000);
    expect(['a', 'b', 'c'].map((node) => tests.wasInTest(node, 'x', from, until))).toEqual([want, want, false]);
    expect(tests.wasInTest('a', 'b', from, until)).toBe(false);
    expect(tests.wasInTest('b', 'a', from, until)).toBe(false);
  });

  it('knows the test under way beside the last that ended, and no earlier one', () => {
    const tests = new NodeTests();
    tests.began(AB, 1000);
    tests.ended(AB, 2000);
    tests.began({ origin: 'c', destination: 'b' }, 3000);
    const met = () => [1500, 2500, 3500].map((ms) => tests.wasInTest('b', 'x', ms, ms));
    expect(met()).toEqual([true, false, true]);
    tests.ended({ origin: 'c', destination: 'b' }, 4000);
    expect(met()).toEqual([false, false, true]);
  });

  it('moves all of them with the clock', () => {
    const ms = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(ms, ms, ms, fc.integer({ min: -100_000, max: 0 }), fc.boolean(), (began, took, at, by, ended) => {
        const tests = new NodeTests();
        tests.began(AB, began);
        if (ended) tests.ended(AB, began + took);
        const before = tests.wasInTest('a', 'x', at, at);
        tests.shift(by);
        expect(tests.wasInTest('a', 'x', at + by, at + by)).toBe(before);
        expect(tests.wasInTest('b', 'x', at + by, at + by)).toBe(before);
      }),
    );
  });

  it('forgets the nodes that are gone', () => {
    const tests = new NodeTests();
    tests.began(AB, 1000);
    tests.ended(AB, 2000);
    tests.retain((node) => node === 'b');
    expect(['a', 'b'].map((node) => tests.wasInTest(node, 'x', 1500, 1500))).toEqual([false, true]);
  });
});
