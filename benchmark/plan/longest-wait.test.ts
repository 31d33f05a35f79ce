import { expect, it } from 'vitest';
import { longestWait } from './longest-wait.ts';

const BOTH_WAYS = [
  [0, 1],
  [1, 0],
] as const;
const [THERE, BACK] = BOTH_WAYS;

it.each([
  { name: 'every pair in every turn', turns: [BOTH_WAYS, BOTH_WAYS], want: 1 },
  { name: 'one way in one turn, the other in the next', turns: [[THERE], [BACK], [THERE], [BACK]], want: 2 },
  { name: 'a pair that was late in the beginning', turns: [[THERE], [THERE], BOTH_WAYS, BOTH_WAYS], want: 3 },
  { name: 'a pair that had to wait in between', turns: [BOTH_WAYS, [THERE], [THERE], [THERE], BOTH_WAYS], want: 4 },
  { name: 'a pair that is still waiting', turns: [BOTH_WAYS, [THERE], [THERE]], want: 3 },
  { name: 'a pair that never came', turns: [[THERE], [THERE]], want: 3 },
])('is known of $name', ({ turns, want }) => {
  expect(longestWait(2, turns)).toBe(want);
});
