import { z } from 'zod';
import { resultHead } from '#benchmark/bench.ts';
import { PRESSURES, SIZES } from './cases.ts';
import { NETWORK_KINDS } from './networks.ts';
import { PLACER_NAMES } from './placers.ts';

const placed = z.object({
  /** Of the pods that have a place. */
  cost: z.number(),
  /** Pods that found no node with room: then the cost does not compare with others. */
  unplaced: z.int(),
});

const caseResult = z.object({
  seed: z.int(),
  kind: z.enum(NETWORK_KINDS),
  pressure: z.enum(PRESSURES),
  size: z.enum(SIZES),
  app: z.string(),
  nodes: z.int(),
  pods: z.int(),
  placed: z.record(z.enum(PLACER_NAMES), placed),
  /** The planner's. */
  lowerBound: z.number(),
  /** Of small cases; `cost` is absent where no placement of all pods was found. */
  optimum: z.object({ cost: z.number().optional(), proven: z.boolean() }).optional(),
});
export type CaseResult = z.infer<typeof caseResult>;

const speedRun = z.object({
  workloads: z.int(),
  replicas: z.int(),
  nodes: z.int(),
  /** Cold: nothing was asked of the link matrix before. */
  matrix: z.enum(['cold', 'warm']),
  milliseconds: z.number(),
  /** CPU time: what a machine that has other work takes no part in. */
  cpuMs: z.number(),
  longestPieceMs: z.number(),
  cost: z.number(),
  lowerBound: z.number(),
});
export type SpeedRun = z.infer<typeof speedRun>;

/** results/placement-bench.json */
export const placementResult = resultHead.extend({
  /** `planetLab`: whether its round-trip times were given. */
  settings: z.object({ seed: z.int(), cases: z.int(), runs: z.int(), planetLab: z.boolean() }),
  cases: z.array(caseResult),
  speed: z.array(speedRun),
});
export type PlacementResult = z.infer<typeof placementResult>;
