import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseInput } from '#core/validation.ts';
import { writtenBy } from './page.ts';
import { ARM_NAMES, type ArmName, DEFAULT_ARMS } from './scheduler/arms.ts';
import { describeResult } from './scheduler/report.ts';
import { runBenchmark } from './scheduler/run-benchmark.ts';

// Pods/s of a real kube-scheduler on fake nodes: as it comes, with the extender, and with scheduler-plugins' NetworkOverhead.

const RESULT = 'results/scheduler-bench.json';
const PAGE = 'docs/benchmarks.md';

const items = z.string().transform((text) => text.split(','));
const options = z.object({
  nodes: items.pipe(z.array(z.coerce.number<string>().int().min(40).max(10_000))).default([1000, 5000]),
  arms: items.pipe(z.array(z.enum(ARM_NAMES as [ArmName, ...ArmName[]]))).default([...DEFAULT_ARMS]),
  rounds: z.coerce.number().int().min(1).max(100).default(5),
  pods: z.coerce.number().int().min(20).max(20_000).default(1980),
  replicas: z.coerce.number().int().min(1).max(100).default(5),
  seed: z.coerce.number().int().min(0).default(1),
  'write-docs': z.boolean().default(false),
});

const { values } = parseArgs({
  options: {
    nodes: { type: 'string' },
    arms: { type: 'string' },
    rounds: { type: 'string' },
    pods: { type: 'string' },
    replicas: { type: 'string' },
    seed: { type: 'string' },
    'write-docs': { type: 'boolean' },
  },
});
const settings = parseInput(options, values, 'scheduler-bench options');
// Ending by `exit` takes the programs and files of the benchmark with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const startedAt = performance.now();
const result = await runBenchmark(settings, (line) => {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
});
mkdirSync('results', { recursive: true });
writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`);
const text = describeResult(result);
process.stdout.write(`${text}\n`);
if (settings['write-docs']) writeFileSync(PAGE, writtenBy('make bench-scheduler', readFileSync(PAGE, 'utf8'), text));
