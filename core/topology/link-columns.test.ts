import { expect, it } from 'vitest';
import { finish } from '#core/pieces.ts';
import { networkSettings } from '#core/scoring/snapshot.ts';
import { makeSlice, makeTopology, NOW_MS } from '#test/builders.ts';
import { LinkMatrix } from './link-matrix.ts';
import { LinkRows } from './link-rows.ts';
import { createSliceReader } from './slice-readings.ts';

const names = Array.from({ length: 200 }, (_, index) => `n${index}`);
const nodes = names.map((name, index) => ({ name, zone: `z${index % 3}` }));
const settings = networkSettings({ topology: makeTopology() });

function rows(): LinkRows {
  const made = new LinkRows(nodes, settings.spec.probe, NOW_MS);
  finish(made.putAll(names.map((name) => makeSlice(name, { n1: { rttMicroseconds: 100 } })).map(createSliceReader())));
  return made;
}

function make(before?: LinkMatrix): { matrix: LinkMatrix; pieces: number } {
  const making = LinkMatrix.over(before?.rows ?? rows(), settings, before);
  for (let pieces = 1; ; pieces++) {
    const { done, value } = making.next();
    if (done) return { matrix: value, pieces };
  }
}

it('a matrix has the columns made that were in use in the one before it, until nobody asks for them any more', () => {
  const first = make();
  for (let node = 0; node < 50; node++) first.matrix.vector('cost', 'to', node);
  first.matrix.known('rttMicroseconds', 'to', 0);
  let last = make(first.matrix);
  expect(last.pieces).toBe(first.pieces + 51);
  for (let turn = 0; turn < 9; turn++) {
    last.matrix.dropIdleColumns();
    last = make(last.matrix);
  }
  expect(last.pieces).toBe(first.pieces + 51);
  last.matrix.vector('cost', 'to', 7);
  last.matrix.dropIdleColumns();
  last = make(last.matrix);
  expect(last.pieces).toBe(first.pieces + 1);
});
