import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { PlacementIndex, placementsOf } from '#core/appgroup/placements.ts';
import { makePod } from '#test/builders.ts';
import { AssumedPlacements } from './assumed-placements.ts';

const podNamed = (name: string, node?: string) => {
  const made = makePod(name, { group: 'shop', workload: 'web', ...(node === undefined ? {} : { node }) });
  return { ...made, metadata: { ...made.metadata, uid: `uid of ${name}` } };
};
const web = podNamed('web-1');

describe('a pod that was sent to one node', () => {
  let now: number;
  let placements: AssumedPlacements;
  const nodes = () => placements.placed.placements.get('default/shop')?.get('web') ?? [];

  beforeEach(() => {
    now = 0;
    placements = new AssumedPlacements(() => now);
    placements.podChanged(undefined, web);
    placements.assume(web, 'n1');
  });

  it('counts there before the watch tells, and once when it has told', () => {
    expect(nodes()).toEqual(['n1']);
    placements.podChanged(web, podNamed('web-1', 'n1'));
    expect(nodes()).toEqual(['n1']);
  });

  it('counts where it was bound in truth', () => {
    placements.podChanged(web, podNamed('web-1', 'n2'));
    expect(nodes()).toEqual(['n2']);
  });

  it.each([
    ['it is tried again', () => placements.withdraw(web)],
    ['it is deleted', () => placements.podChanged(web, undefined)],
    ['it is not bound for long', () => (now = 30_000)],
  ])('does not count any more when %s', (_when, happen) => {
    happen();
    expect(nodes()).toEqual([]);
  });

  it('still counts when something else of it changed', () => {
    placements.podChanged(web, web);
    expect(nodes()).toEqual(['n1']);
  });

  it('is known to have been sent until it is bound, however long ago', () => {
    now = 60_000;
    placements.withdraw(web);
    expect(placements.wasSent(web)).toBe(true);
    placements.podChanged(web, podNamed('web-1', 'n2'));
    expect(placements.wasSent(web)).toBe(false);
  });
});

it('ends with what the watch told, whatever was assumed in between', () => {
  const step = fc.record({
    what: fc.constantFrom('assume', 'withdraw', 'bind', 'delete', 'wait'),
    pod: fc.constantFrom('a', 'b', 'c'),
    node: fc.constantFrom('n1', 'n2'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let now = 0;
      const placements = new AssumedPlacements(() => now);
      const told = new Map<string, ReturnType<typeof podNamed>>();
      for (const { what, pod, node } of steps) {
        if (what === 'wait') now += 20_000;
        if (what === 'assume') placements.assume(podNamed(pod), node);
        if (what === 'withdraw') placements.withdraw(podNamed(pod));
        if (what !== 'bind' && what !== 'delete') continue;
        const next = what === 'bind' ? podNamed(pod, node) : undefined;
        placements.podChanged(told.get(pod), next);
        if (next) told.set(pod, next);
        else told.delete(pod);
      }
      now += 60_000;
      const sorted = (found: ReturnType<typeof placementsOf>) =>
        [...(found.get('default/shop')?.get('web') ?? [])].toSorted();
      expect(sorted(placements.placed.placements)).toEqual(sorted(placementsOf(told.values())));
      expect(placements.placed.occupants).toEqual(PlacementIndex.of(told.values()).occupants);
    }),
  );
});
