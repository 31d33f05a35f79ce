import { z } from 'zod';
import { resultHead } from '#benchmark/bench.ts';
import { ARMS } from './place-app.ts';

/** results/strategies-bench.json */
export const strategiesResult = resultHead.extend({
  settings: z.object({ cases: z.int() }),
  app: z.string(),
  cases: z.array(
    z.object({
      seed: z.int(),
      /** Network cost of the placement, 0..1. */
      cost: z.record(z.enum(ARMS), z.number()),
    }),
  ),
});
export type StrategiesResult = z.infer<typeof strategiesResult>;
