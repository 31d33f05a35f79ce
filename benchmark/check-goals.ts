import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BENCHES } from './checked-benches.ts';
import { GOALS_FILE, judge, readAllGoals, verdictTable, withMeasured } from './goals.ts';

// Compares the last results with benchmark/goals.yaml, of all benchmarks or of those named; exit code 3 where a goal is missed.
// With --write the file has the measured values and their margins afterwards.

const MISSED = 3;

const { values, positionals } = parseArgs({ options: { write: { type: 'boolean' } }, allowPositionals: true });
const goals = readAllGoals();
const verdicts = (positionals.length > 0 ? positionals : Object.keys(BENCHES)).flatMap((name) => {
  const figuresOf = BENCHES[name];
  if (!figuresOf) fail(`no benchmark "${name}" has goals, wanted one of ${Object.keys(BENCHES).join(', ')}`);
  const source = `results/${name}.json`;
  const isThere = existsSync(source);
  if (!isThere) process.stderr.write(`${source} is missing: run make bench-${name.replace(/-bench$/, '')} first\n`);
  const figures = isThere ? figuresOf(JSON.parse(readFileSync(source, 'utf8')), source) : new Map();
  const judged = judge(goals[name] ?? [], figures);
  if (values.write) writeFileSync(GOALS_FILE, withMeasured(readFileSync(GOALS_FILE, 'utf8'), name, judged));
  return judged;
});
process.stdout.write(`${verdictTable(verdicts)}\n`);
process.exitCode = verdicts.every(({ met }) => met) ? 0 : MISSED;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
