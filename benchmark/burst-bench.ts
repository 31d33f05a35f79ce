import { z } from 'zod';
import { runBench } from './bench.ts';
import { describeResult } from './burst/report.ts';
import { runBursts } from './burst/run-bursts.ts';

// Whether pods that come all at once are placed as well as pods that come one after the other.

await runBench({
  subject: 'burst',
  options: z.object({
    nodes: z.coerce.number().int().min(40).max(1000).default(60),
    replicas: z.coerce.number().int().min(1).max(20).default(10),
    rounds: z.coerce.number().int().min(1).max(100).default(5),
    seed: z.coerce.number().int().min(0).default(1),
  }),
  short: { rounds: 1, replicas: 2 },
  run: async (settings, { head, tell }) => ({ ...head, ...(await runBursts(settings, tell)) }),
  describe: describeResult,
});
