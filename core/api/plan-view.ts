import { z } from 'zod';

// GET /v1/plan: who probes whom and when bandwidth is tested, in the units that people read (seconds, MB, percent).

const seconds = z.number().min(0);
const megabytes = z.number().min(0);

export const leftOutReason = z.enum(['notReady', 'draining', 'noAddress']);

const nodePlanView = z.object({
  node: z.string(),
  peers: z.array(z.string()).describe('Nodes that it probes.'),
  probedBy: z.array(z.string()),
  tests: z
    .array(
      z.object({
        peer: z.string(),
        direction: z.enum(['send', 'receive']).describe('Of the next test; each test of a pair turns it round.'),
        inSeconds: seconds.describe('An estimate.'),
      }),
    )
    .describe('Its next bandwidth tests.'),
});
export type NodePlanView = z.infer<typeof nodePlanView>;

export const planView = z.object({
  generatedAt: z.string(),
  nodes: z.int().min(0).describe('Nodes that probe and are probed.'),
  leftOut: z.array(z.object({ node: z.string(), reason: leftOutReason })),
  probes: z.object({
    everyPair: z.boolean().describe('Every node probes every other all the time.'),
    intervalSeconds: seconds,
    perNodeAndSecond: z.number().min(0).describe('Probes that a node sends in a second.'),
    peers: z.object({ min: z.int(), max: z.int() }).describe('Nodes that one node probes.'),
    probedBy: z.object({ min: z.int(), max: z.int() }).describe('Nodes that one node is probed by.'),
    plannedLinks: z.int(),
    measuredLinks: z.int().describe('Planned links with a fresh answer, which may be that there is none.'),
    everyPairWithinSeconds: seconds.describe(
      'Whenever one begins to count, every node has probed every other by then.',
    ),
    turnSeconds: seconds.optional().describe('For how long peers stay the same; absent where all do for ever.'),
    nextTurnInSeconds: seconds.optional(),
  }),
  bandwidth: z.object({
    pairs: z.int().describe('Pairs of nodes that are tested, in either direction.'),
    intervalSeconds: seconds.describe('A pair is tested again after this time.'),
    cycle: z.object({
      byRoundsSeconds: seconds.describe(
        'A test of each pair, by the seconds of tests and how many there are at a time.',
      ),
      byBudgetSeconds: seconds
        .optional()
        .describe('The same by the bytes that may be moved; absent where there are none.'),
    }),
    testsUnderWay: z.int(),
    testsInLastHour: z.int(),
    busyPercent: z.number().describe('Time that nodes were in tests, of the last hour.'),
    busiestNode: z
      .object({ node: z.string(), megabytes, budgetMegabytes: megabytes })
      .optional()
      .describe('The one that used most of what its tests may move in an hour; absent where none had a test.'),
    cluster: z.object({ megabytes, budgetMegabytes: megabytes }),
    nextTestInSeconds: seconds.optional().describe('An estimate; absent where none is to come.'),
    lastTestInSeconds: seconds.optional().describe('When the last of all pairs has its turn.'),
    tooLargePairs: z
      .int()
      .describe(
        'Pairs that are never tested: one test moves more than bytesPerHour or budgetPercent allow in an hour.',
      ),
    waitingPairs: z
      .int()
      .describe('Pairs of which neither end has an answer of the other yet; estimated as if they had.'),
  }),
  plans: z
    .array(nodePlanView)
    .optional()
    .describe('Of every node of a small cluster, or of the node that was asked for.'),
});
export type PlanView = z.infer<typeof planView>;
