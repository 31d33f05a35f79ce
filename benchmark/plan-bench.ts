import { z } from 'zod';
import { runBench } from './bench.ts';
import { measureCycles } from './plan/cycles.ts';
import { measurePlan } from './plan/plans.ts';
import { describeResult } from './plan/report.ts';
import type { PlanResult } from './plan/result.ts';

// Who probes whom: how evenly, until when every pair was probed, how much changes with a node. And how long a cycle of bandwidth tests takes.

const NODES = [39, 100, 1000, 5000];
const PEERS = [16, 32];
/** In larger clusters a quarter of the draws is made: there a plan takes long. */
const ALL_DRAWS_UP_TO_NODES = 1000;

await runBench({
  subject: 'plan',
  options: z.object({
    draws: z.coerce.number().int().min(1).max(1000).default(200),
    /** In clusters of up to so many nodes all turns are run through. */
    through: z.coerce.number().int().min(0).max(5000).default(1000),
    /** Of the simulated clock, at most. */
    hours: z.coerce.number().int().min(1).max(1000).default(72),
  }),
  short: { draws: 4, through: 100, hours: 1 },
  run: ({ draws, through, hours }, { head, tell }): PlanResult => ({
    ...head,
    settings: { draws, through, hours },
    plans: NODES.flatMap((nodes) =>
      PEERS.map((peersPerNode) => {
        tell(`${nodes} nodes, ${peersPerNode} peers`);
        const some = nodes > ALL_DRAWS_UP_TO_NODES ? Math.ceil(draws / 4) : draws;
        return measurePlan({ nodes, peersPerNode, draws: some, through: nodes <= through });
      }),
    ),
    cycles: measureCycles(hours, tell),
  }),
  describe: describeResult,
});
