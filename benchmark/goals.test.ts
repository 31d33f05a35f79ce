import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BENCHES } from './checked-benches.ts';
import { GOALS_FILE, type Goal, judge, readAllGoals, verdictTable, withMeasured } from './goals.ts';

const verdictsOf = (goals: Goal[], figures: Record<string, number>) => judge(goals, new Map(Object.entries(figures)));

describe('goals', () => {
  it.each<{ name: string; goal: Goal; found?: number; met: boolean; marginPercent?: number }>([
    { name: 'a rate at its goal', goal: { figure: 'x', atLeast: 0.95 }, found: 0.95, met: true, marginPercent: 0 },
    { name: 'a rate below it', goal: { figure: 'x', atLeast: 0.9 }, found: 0.72, met: false, marginPercent: -20 },
    { name: 'a time below its goal', goal: { figure: 'x', atMost: 20 }, found: 15, met: true, marginPercent: 25 },
    { name: 'a time above it', goal: { figure: 'x', atMost: 20 }, found: 21, met: false, marginPercent: -5 },
    { name: 'nothing where nothing is wanted', goal: { figure: 'x', atMost: 0 }, found: 0, met: true },
    { name: 'what was not measured', goal: { figure: 'x', atMost: 20 }, met: false },
  ])('judge $name', ({ goal, found, met, marginPercent }) => {
    const [verdict] = verdictsOf([goal], found === undefined ? {} : { x: found });
    expect(verdict).toEqual({ goal, found, met, marginPercent });
  });

  it('are a table beside what was found', () => {
    const goals = [
      { figure: 'time', atMost: 20 },
      { figure: 'rate', atLeast: 100 },
    ];
    expect(
      verdictTable(verdictsOf(goals, { time: 20.1234 }))
        .split('\n')
        .slice(2),
    ).toEqual([
      '| time | 20.12 | at most 20 | -0.6 % | missed |',
      '| rate | not measured | at least 100 | – | missed |',
    ]);
  });

  it('keep the measured value beside them, and all else of the file', () => {
    const text =
      "# why\na-bench:\n  - { figure: 'time', atMost: 20 } # ms\nb-bench:\n  - { figure: 'time', atMost: 1 }\n";
    const written = withMeasured(text, 'a-bench', verdictsOf([{ figure: 'time', atMost: 20 }], { time: 15 }));
    expect(written).toBe(text.replace('atMost: 20 }', 'atMost: 20, measured: 15, marginPercent: 25 }'));
    const third = withMeasured(text, 'a-bench', verdictsOf([{ figure: 'time', atMost: 20 }], { time: 20 / 3 }));
    expect(third).toContain('measured: 6.667, marginPercent: 66.7 }');
    expect(withMeasured(written, 'a-bench', verdictsOf([{ figure: 'time', atMost: 20 }], {}))).toBe(written);
  });
});

describe('goals.yaml', () => {
  it('has goals for each benchmark that is checked, and for no other', () => {
    expect(Object.keys(readAllGoals()).toSorted()).toEqual(Object.keys(BENCHES).toSorted());
  });

  it('is as the checker writes it, with the margin that belongs to each measured value', () => {
    const text = readFileSync(GOALS_FILE, 'utf8');
    for (const [bench, goals] of Object.entries(readAllGoals())) {
      const measured = goals.flatMap(({ figure, measured: value }) => (value === undefined ? [] : [[figure, value]]));
      expect(withMeasured(text, bench, verdictsOf(goals, Object.fromEntries(measured)))).toBe(text);
    }
  });
});
