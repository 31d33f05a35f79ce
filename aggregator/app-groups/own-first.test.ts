import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OwnFirst, type Source } from './own-first.ts';

it('what is ours counts before what is theirs, whatever came first, and each change is told', () => {
  const change = fc.record({
    source: fc.constantFrom<Source>('own', 'theirs'),
    name: fc.constantFrom('a', 'b'),
    value: fc.option(fc.integer(), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const index = new OwnFirst<number>();
      const there = { own: new Map<string, number | undefined>(), theirs: new Map<string, number | undefined>() };
      const told = new Map<string, number | undefined>();
      for (const { source, name, value } of changes) {
        const { before, after } = index.put(source, name, value);
        expect(before).toBe(told.get(name));
        told.set(name, after);
        there[source].set(name, value);
        const [own, theirs] = [there.own.get(name), there.theirs.get(name)];
        expect(after).toBe(own ?? theirs);
        expect(index.counting.get(name)).toBe(after);
        expect(index.isTheirs(name)).toBe(own === undefined && theirs !== undefined);
      }
    }),
  );
});
