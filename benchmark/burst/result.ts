import { z } from 'zod';
import { resultHead } from '#benchmark/bench.ts';
import { WAY_NAMES } from './run-bursts.ts';

/** results/burst-bench.json */
export const burstResult = resultHead.extend({
  kubernetes: z.string(),
  nodes: z.int(),
  pods: z.int(),
  runs: z.array(
    z.object({
      way: z.enum(WAY_NAMES),
      round: z.int(),
      /** Network cost of the placement, 0..1. */
      placementCost: z.number(),
      seconds: z.number(),
    }),
  ),
});
export type BurstResult = z.infer<typeof burstResult>;
