import { z } from 'zod';

const speedRun = z.object({
  workloads: z.int(),
  replicas: z.int(),
  nodes: z.int(),
  matrix: z.enum(['cold', 'warm']),
  run: z.int(),
  milliseconds: z.number(),
  longestPieceMs: z.number(),
  cost: z.number(),
  lowerBound: z.number(),
  unplaced: z.int(),
});
export type SpeedRun = z.infer<typeof speedRun>;
