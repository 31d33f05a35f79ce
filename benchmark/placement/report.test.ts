import { describe, expect, it } from 'vitest';
import { figuresOf } from './figures.ts';
import { PLACER_NAMES } from './placers.ts';
import { describeResult } from './report.ts';
import { type CaseResult, type PlacementResult, placementResult, type SpeedRun } from './result.ts';

/** Every placer but the planner is at 0.4, the optimum at 0.1. */
function makeCaseResult(planned: number, given: Partial<CaseResult> = {}): CaseResult {
  const placed = Object.fromEntries(
    PLACER_NAMES.map((placer) => [placer, { cost: placer === 'planned' ? planned : 0.4, unplaced: 0 }]),
  ) as CaseResult['placed'];
  return {
    ...{ seed: 1, kind: 'zoned', pressure: 'tight', size: 'small', app: 'shop × 1', nodes: 5, pods: 9 },
    placed,
    lowerBound: 0.05,
    optimum: { cost: 0.1, proven: true },
    ...given,
  };
}

const speedRun = (milliseconds: number, matrix: SpeedRun['matrix']): SpeedRun => ({
  ...{
    workloads: 11,
    replicas: 3,
    nodes: 100,
    matrix,
    milliseconds,
    cpuMs: 9,
    longestPieceMs: 4,
    cost: 0.2,
    lowerBound: 0.1,
  },
});

function makeResult(cases: CaseResult[], speed: SpeedRun[] = []): PlacementResult {
  return placementResult.parse({
    startedAt: '2026-01-01T00:00:00.000Z',
    command: 'make bench-placement',
    machine: { processor: 'x', cores: 2, memoryGiB: 8, kernel: '6', node: 'v24' },
    settings: { seed: 1, cases: 2, runs: 2, planetLab: false },
    cases,
    speed,
  });
}

describe('figures', () => {
  it('are ratios to the optima that are proven', () => {
    const cases = [
      makeCaseResult(0.1),
      makeCaseResult(0.12),
      makeCaseResult(0.3, { optimum: { cost: 0.1, proven: false } }),
      makeCaseResult(0.3, { optimum: { cost: 0, proven: true } }),
      makeCaseResult(0.3, { size: 'large', optimum: undefined }),
    ];
    const figures = figuresOf(makeResult(cases));
    expect(figures.get('cases with a proven optimum')).toBe(2);
    expect(figures.get('planned / optimum, mean')).toBeCloseTo(1.1);
    expect(figures.get('planned / optimum, mean of the worst tenth')).toBeCloseTo(1.2);
    expect(figures.get('planned / default on zoned networks, mean')).toBeCloseTo((0.1 + 0.12 + 3 * 0.3) / 5 / 0.4);
  });

  it('do not average in placements that leave pods out, but count them', () => {
    const left = makeCaseResult(0.01);
    left.placed.planned.unplaced = 2;
    const impossible = makeCaseResult(0.01, { optimum: { proven: true } });
    impossible.placed.planned.unplaced = 1;
    const figures = figuresOf(makeResult([makeCaseResult(0.1), left, impossible]));
    expect(figures.get('planned / optimum, mean')).toBeCloseTo(1);
    expect(figures.get('cases in which planned leaves out a pod that has a place')).toBe(1);
  });

  it('have the time on a cold link matrix', () => {
    const runs = [speedRun(10, 'cold'), speedRun(20, 'cold'), speedRun(99, 'warm')];
    expect(figuresOf(makeResult([], runs)).get('11 workloads × 3 on 100 nodes: ms, p90')).toBeCloseTo(19);
  });

  it('are not there where nothing was measured', () => {
    expect(figuresOf(makeResult([])).has('planned / optimum, mean')).toBe(false);
  });
});

describe('the report', () => {
  const text = describeResult(
    makeResult(
      [makeCaseResult(0.1), makeCaseResult(0.12), makeCaseResult(0.3, { optimum: { cost: 0.1, proven: false } })],
      [speedRun(10, 'cold'), speedRun(20, 'cold'), speedRun(6, 'warm')],
    ),
  );

  it('has a row for each kind of network that there is, and one for all', () => {
    expect(text).toMatch(
      /\| zoned, tight \| 2 \| 4\.00 \(4\.00–4\.00\); 4\.00; 4\.00 \|.*\| 1\.100 \(1\.000–1\.200\); 1\.180; 1\.200 \|/,
    );
    expect(text).toMatch(/\| all \| 2 \|/);
    expect(text).not.toContain('geometric');
  });

  it('says what does not count, and that data was not given', () => {
    expect(text).toContain('Of 3 cases 2 have a proven optimum above 0.');
    expect(text).toContain('In 1 it was not proven');
    expect(text).toContain('without PlanetLab, whose data was not given (`--planetlab`)');
  });

  it('has times by link matrix, and the goals', () => {
    expect(text).toContain('| 11 workloads × 3 on 100 nodes | cold | 15 (19) | 9 (9) | 4 (4) | 0.20000 | 0.10000 |');
    expect(text).toContain('| planned / optimum, mean | 1.1 | at most 1.05 | -4.8 % | missed |');
  });
});
