import { z } from 'zod';
import { runBench } from './bench.ts';
import { ARM_NAMES, type ArmName, DEFAULT_ARMS } from './scheduler/arms.ts';
import { describeResult } from './scheduler/report.ts';
import { runBenchmark } from './scheduler/run-benchmark.ts';

// Pods/s of a real kube-scheduler on fake nodes: as it comes, with the extender, and with scheduler-plugins' NetworkOverhead.

const items = z.string().transform((text) => text.split(','));
const options = z.object({
  nodes: items.pipe(z.array(z.coerce.number<string>().int().min(40).max(10_000))).default([1000, 5000]),
  arms: items.pipe(z.array(z.enum(ARM_NAMES as [ArmName, ...ArmName[]]))).default([...DEFAULT_ARMS]),
  rounds: z.coerce.number().int().min(1).max(100).default(3),
  pods: z.coerce.number().int().min(20).max(20_000).default(4950),
  replicas: z.coerce.number().int().min(1).max(100).default(5),
  seed: z.coerce.number().int().min(0).default(1),
});

await runBench({
  subject: 'scheduler',
  options,
  short: { nodes: '200', rounds: 1, pods: 220 },
  run: runBenchmark,
  describe: describeResult,
});
