import { expect, it } from 'vitest';
import { newPeers } from './new-peers.ts';

const peers = (all: Record<string, string[]>) => ({
  nodes: Object.keys(all),
  peersOf: (node: string) => all[node] ?? [],
});

const BEFORE = { a: ['b'], b: ['c'], c: ['a'] };

it.each([
  { name: 'none where none changed', after: BEFORE, want: 0 },
  { name: 'those who probe a node that came, not whom it probes', after: { ...BEFORE, c: ['d'], d: ['a'] }, want: 1 },
  { name: 'whom they probe instead of one that went', after: { a: ['b'], b: ['a'] }, want: 1 },
  { name: 'none where a node only lost one', after: { a: ['b'], b: [] }, want: 0 },
])('are $name', ({ after, want }) => {
  expect(newPeers(peers(BEFORE), peers(after))).toBe(want);
});
