import { expect, it } from 'vitest';
import type { Move } from '#core/appgroup/drift.ts';
import { LastingMoves } from '#core/appgroup/lasting-moves.ts';

const move = (pod: string, to: string, from = 'n1'): Move => ({ pod, workload: 'web', from, to, saving: 0.1 });

function lastingAfter(looks: (readonly [atMs: number, Move[]])[], nowMs: number): string[] {
  const moves = new LastingMoves();
  for (const [atMs, found] of looks) moves.found('default/shop', found, atMs);
  return moves.lasting('default/shop', 100, nowMs).map(({ pod, to }) => `${pod} to ${to}`);
}

it.each<[string, (readonly [number, Move[]])[], string[]]>([
  ['not at once', [[1000, [move('a', 'n2')]]], []],
  [
    'after the time, to the node that is best then',
    [
      [900, [move('a', 'n2')]],
      [1000, [move('a', 'n3')]],
    ],
    ['a to n3'],
  ],
  [
    'not where it was not worthwhile meanwhile',
    [
      [800, [move('a', 'n2')]],
      [900, []],
      [950, [move('a', 'n2')]],
    ],
    [],
  ],
  [
    'not where the pod of that name is elsewhere',
    [
      [800, [move('a', 'n2', 'n9')]],
      [950, [move('a', 'n2')]],
    ],
    [],
  ],
  [
    'each by itself',
    [
      [800, [move('a', 'n2')]],
      [950, [move('a', 'n2'), move('b', 'n2')]],
    ],
    ['a to n2'],
  ],
])('a move is advised %s', (_what, looks, want) => {
  expect(lastingAfter(looks, 1000)).toEqual(want);
});

it('a group without moves is forgotten', () => {
  const moves = new LastingMoves();
  moves.found('default/shop', [move('a', 'n2')], 0);
  expect(moves.groups()).toEqual(['default/shop']);
  moves.found('default/shop', [], 1);
  expect(moves.groups()).toEqual([]);
});
