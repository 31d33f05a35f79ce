import { existsSync, readFileSync } from 'node:fs';
import { parseInput } from '#core/validation.ts';
import { judge, readGoals } from './scheduler/goals.ts';
import { benchResult } from './scheduler/result.ts';

// Compares results/scheduler-bench.json with benchmark/scheduler/goals.yaml; exit code 3 where a goal is missed.

const RESULT = 'results/scheduler-bench.json';
const MISSED = 3;

if (!existsSync(RESULT)) {
  process.stderr.write(`${RESULT} is missing: run make bench-scheduler first\n`);
  process.exit(1);
}
const verdicts = judge(readGoals(), parseInput(benchResult, JSON.parse(readFileSync(RESULT, 'utf8')), RESULT));
for (const { goal, ratio, met } of verdicts) {
  const found = ratio === undefined ? 'not measured' : ratio.toFixed(3);
  process.stdout.write(
    `${met ? 'met   ' : 'missed'}  ${goal.nodes} nodes: ${goal.arm} / ${goal.baseline} ${found}, goal ${goal.atLeast}\n`,
  );
}
process.exitCode = verdicts.every(({ met }) => met) ? 0 : MISSED;
