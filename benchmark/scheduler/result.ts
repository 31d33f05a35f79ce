import { z } from 'zod';
import { resultHead } from '#benchmark/bench.ts';
import { machine } from '#benchmark/machine.ts';
import { ARM_NAMES, type ArmName } from './arms.ts';

const extenderCalls = z.object({
  filtered: z.int(),
  prioritized: z.int(),
  late: z.int(),
  aborted: z.int(),
  neutral: z.int(),
});

const armFigures = z.object({
  /** Over the middle 80 % of the bindings. */
  podsPerSecond: z.number(),
  /** From the first binding to the last. */
  seconds: z.number(),
  /** Median over the apps, 0..1. */
  placementCost: z.number(),
  /** CPU time from the first binding to the last, divided by the pods; the machine's is everybody's. */
  cpuMsPerPod: z.object({ scheduler: z.number(), extender: z.number(), machine: z.number() }),
  extenderCalls: extenderCalls.optional(),
  /** Why the run does not count. */
  invalid: z.string().optional(),
});
export type ArmFigures = z.infer<typeof armFigures>;

const run = armFigures.extend({
  nodes: z.int(),
  round: z.int(),
  arm: z.enum(ARM_NAMES as [ArmName, ...ArmName[]]),
});
export type Run = z.infer<typeof run>;

/** results/scheduler-bench.json */
export const benchResult = resultHead.extend({
  machine: machine.extend({ apiServer: z.string(), scheduler: z.string() }),
  settings: z.object({ pods: z.int(), replicas: z.int(), rounds: z.int(), seed: z.int() }),
  runs: z.array(run),
});
export type BenchResult = z.infer<typeof benchResult>;
