import { describe, expect, it } from 'vitest';
import { describeVerdict, judge, readGoals } from './goals.ts';

describe('goals', () => {
  it('meets a goal at its value, and misses one that was not measured', () => {
    const goals = [
      { figure: 'rate', atLeast: 0.95 },
      { figure: 'rate', atLeast: 0.96 },
      { figure: 'time', atMost: 20 },
      { figure: 'time', atMost: 19 },
      { figure: 'weight', atMost: 100 },
    ];
    const figures = new Map([
      ['rate', 0.95],
      ['time', 20],
    ]);
    expect(judge(goals, figures).map(({ met }) => met)).toEqual([true, false, true, false, false]);
  });

  it('says what was found and what is wanted', () => {
    const [missed, unknown] = judge(
      [
        { figure: 'time', atMost: 20 },
        { figure: 'weight', atMost: 100 },
      ],
      new Map([['time', 20.1234]]),
    );
    expect(missed && describeVerdict(missed)).toBe('time: 20.12, goal at most 20: missed');
    expect(unknown && describeVerdict(unknown)).toBe('weight: not measured, goal at most 100: missed');
  });

  it('are there for each benchmark', () => {
    for (const bench of ['scheduler-bench', 'placement-bench', 'estimation-bench'])
      expect(readGoals(bench).length).toBeGreaterThan(0);
  });
});
