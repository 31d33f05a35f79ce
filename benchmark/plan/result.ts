import { z } from 'zod';
import { resultHead } from '#benchmark/bench.ts';

/** Over several clusters, each with other names of nodes. */
const change = z.object({ median: z.number(), most: z.int() });

const planRun = z.object({
  nodes: z.int(),
  peersPerNode: z.int(),
  allPairs: z.boolean(),
  /** Of one turn. */
  links: z.int(),
  /** By how many others a node is probed, of all clusters. */
  probedBy: z.object({ least: z.int(), most: z.int() }),
  /** Within so many seconds every ordered pair is probed, as the plan of the first cluster tells. */
  coverageSeconds: z.number(),
  /** The same, found by running through the turns; absent where that was not done. */
  coveredSeconds: z.number().optional(),
  /** Peers that other nodes did not have before, when a node comes or goes. */
  newPeers: z.object({ comes: change, goes: change }),
  milliseconds: z.object({ median: z.number(), most: z.number() }),
});
export type PlanRun = z.infer<typeof planRun>;

export const CYCLES = [
  'every pair, no budget',
  'default plan and budget, 1 Gbit/s',
  'default plan and budget, 10 Gbit/s',
] as const;

const cycleRun = z.object({
  name: z.enum(CYCLES),
  /** Pairs that the plan has all along, and those of them that were not tested within the hours of the settings. */
  pairs: z.int(),
  untested: z.int(),
  /** Also of pairs that the plan has for a turn. */
  tests: z.int(),
  /** Absent where the cycle did not end. */
  seconds: z.number().optional(),
  /** As `netaware topology plan` tells it. */
  toldSeconds: z.number(),
});
export type CycleRun = z.infer<typeof cycleRun>;

/** results/plan-bench.json */
export const planResult = resultHead.extend({
  settings: z.object({ draws: z.int(), through: z.int(), hours: z.int() }),
  plans: z.array(planRun),
  cycles: z.array(cycleRun),
});
export type PlanResult = z.infer<typeof planResult>;
