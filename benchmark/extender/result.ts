import { z } from 'zod';
import { resultHead } from '#benchmark/bench.ts';

export const CALL_NAMES = ['filter', 'prioritize what is left', 'prioritize all', 'filter with limits'] as const;
export type CallName = (typeof CALL_NAMES)[number];

const latency = z.object({
  nodes: z.int(),
  call: z.enum(CALL_NAMES),
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** CPU time of the extender's process for one call, mean: what a machine that has other work takes no part in. */
  cpuMs: z.number(),
});
export type Latency = z.infer<typeof latency>;

const delay = z.object({ p99Ms: z.number(), maxMs: z.number() });
const times = z.object({ count: z.int(), p50Ms: z.number(), p99Ms: z.number() });

const underChange = z.object({
  nodes: z.int(),
  slicesPerSecond: z.int(),
  linksPerSlice: z.int(),
  /** Of the event loop, while the cluster was read for the first time. */
  firstListDelay: delay,
  /** Of the event loop, while slices came. */
  delay,
  /** Of one core. */
  cpuShare: z.number(),
  /** Calls for all nodes meanwhile. */
  calls: times,
  /** From the writing of a slice to the first answer that holds it. */
  seen: times,
});
export type UnderChange = z.infer<typeof underChange>;

/** results/extender-bench.json */
export const extenderResult = resultHead.extend({
  settings: z.object({ nodes: z.array(z.int()), runs: z.int(), calls: z.int(), seconds: z.int() }),
  latencies: z.array(latency),
  memory: z.array(z.object({ nodes: z.int(), heapMiB: z.number(), arraysMiB: z.number() })),
  underChange: z.array(underChange),
});
export type ExtenderResult = z.infer<typeof extenderResult>;
