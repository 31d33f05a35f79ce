import { existsSync, readFileSync } from 'node:fs';
import { parseInput } from '#core/validation.ts';
import { figuresOf as estimationFigures } from './estimation/figures.ts';
import { estimationResult } from './estimation/result.ts';
import { describeVerdict, type Figures, judge, readGoals } from './goals.ts';
import { figuresOf as placementFigures } from './placement/figures.ts';
import { placementResult } from './placement/result.ts';
import { figuresOf as schedulerFigures } from './scheduler/figures.ts';
import { benchResult } from './scheduler/result.ts';

// Compares the last results with benchmark/goals.yaml, of all benchmarks or of those named; exit code 3 where a goal is missed.

const MISSED = 3;

const BENCHES: Record<string, { target: string; figures(result: unknown, source: string): Figures }> = {
  'scheduler-bench': {
    target: 'bench-scheduler',
    figures: (result, source) => schedulerFigures(parseInput(benchResult, result, source)),
  },
  'placement-bench': {
    target: 'bench-placement',
    figures: (result, source) => placementFigures(parseInput(placementResult, result, source)),
  },
  'estimation-bench': {
    target: 'bench-estimation',
    figures: (result, source) => estimationFigures(parseInput(estimationResult, result, source)),
  },
};

const named = process.argv.slice(2);
const verdicts = (named.length > 0 ? named : Object.keys(BENCHES)).flatMap((name) => {
  const bench = BENCHES[name];
  if (!bench) fail(`no benchmark "${name}" has goals, wanted one of ${Object.keys(BENCHES).join(', ')}`);
  const source = `results/${name}.json`;
  if (!existsSync(source)) fail(`${source} is missing: run make ${bench.target} first`);
  return judge(readGoals(name), bench.figures(JSON.parse(readFileSync(source, 'utf8')), source));
});
for (const verdict of verdicts) process.stdout.write(`${describeVerdict(verdict)}\n`);
process.exitCode = verdicts.every(({ met }) => met) ? 0 : MISSED;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
