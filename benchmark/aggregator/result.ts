import { z } from 'zod';
import { resultHead } from '#benchmark/bench.ts';

const memory = z.object({ residentMB: z.number(), heapMB: z.number(), externalMB: z.number() });
export type Memory = z.infer<typeof memory>;

const loadFigures = z.object({
  samples: z.int(),
  /** From the first report to the last answer; simulator and API server share the machine. */
  samplesPerSecond: z.number(),
  /** By the CPU time of the aggregator's process, whatever else the machine did. */
  samplesPerCpuSecond: z.number(),
  /** Reports that were not answered with 200, or not taken as a whole. */
  failedReports: z.int(),
});
export type LoadFigures = z.infer<typeof loadFigures>;

const size = z.object({
  nodes: z.int(),
  links: z.int(),
  /** Of reports as fast as they are taken, until all windows are full. */
  load: loadFigures,
  memory,
});
export type SizeResult = z.infer<typeof size>;

const growth = z.object({
  nodes: z.int(),
  /** Time that the samples are of. */
  seconds: z.int(),
  load: loadFigures,
  /** After each quarter of the reports, with the size of the oldest and of all that was counted since. */
  quarters: z.array(memory),
});
export type GrowthResult = z.infer<typeof growth>;

const times = z.object({ count: z.int(), p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() });
export type Times = z.infer<typeof times>;

const freshness = z.object({
  nodes: z.int(),
  /** From the report that has the second probe after a step. */
  toSlice: times,
  toAnswer: times,
  /** Steps that the extender's answer never showed. */
  missed: z.int(),
  /** Slices that all nodes' reports at their interval made the aggregator write. */
  writesPerSecond: z.object({ quiet: z.number(), stepping: z.number() }),
});
export type FreshnessResult = z.infer<typeof freshness>;

/** results/aggregator-bench.json */
export const aggregatorResult = resultHead.extend({
  settings: z.object({
    nodes: z.array(z.int()),
    rounds: z.int(),
    detailNodes: z.int(),
    growthRounds: z.int(),
    freshnessSeconds: z.int(),
    seed: z.int(),
  }),
  sizes: z.array(size),
  growth,
  freshness,
});
export type AggregatorResult = z.infer<typeof aggregatorResult>;
