import { expect, it } from 'vitest';
import { makeCommand } from './machine.ts';

it.each([
  { name: 'without arguments', args: [], want: 'make bench-x' },
  { name: 'with them', args: ['--seed', '7'], want: 'make bench-x ARGS="--seed 7"' },
  {
    name: "without the place of PlanetLab's data",
    args: ['--write-docs', '--planetlab', '/data/it', '--seed', '7'],
    want: 'make bench-x PLANETLAB=DIR ARGS="--write-docs --seed 7"',
  },
  { name: 'also in one word', args: ['--planetlab=/data/it'], want: 'make bench-x PLANETLAB=DIR' },
])('the command is told $name', ({ args, want }) => {
  expect(makeCommand('bench-x', args)).toBe(want);
});
