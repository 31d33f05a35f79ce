import { z } from 'zod';
import { resultHead } from '#benchmark/bench.ts';

export const METHODS = ['coordinates', 'serf', 'zone-median'] as const;
export type Method = (typeof METHODS)[number];

const accuracyRun = z.object({
  network: z.string(),
  probes: z.int(),
  seed: z.int(),
  method: z.enum(METHODS),
  links: z.enum(['all', 'within zones', 'between zones']),
  /** Hidden links that the errors are of. */
  pairs: z.int(),
  /** Relative errors. */
  median: z.number(),
  p90: z.number(),
});
export type AccuracyRun = z.infer<typeof accuracyRun>;

const speedRun = z.object({
  nodes: z.int(),
  probes: z.int(),
  start: z.enum(['cold', 'warm']),
  milliseconds: z.number(),
  longestPieceMs: z.number(),
  /** The most that was in use beside what was before. */
  memoryMiB: z.number(),
});
export type SpeedRun = z.infer<typeof speedRun>;

const stabilityRun = z.object({
  network: z.string(),
  probes: z.int(),
  /** Standard deviation of the logarithm of a measured RTT. */
  jitter: z.number(),
  /** By how much an estimate changes from one solve to the next, as a share. */
  movedMedian: z.number(),
  movedP99: z.number(),
  publishedPerNodeAndHourQuiet: z.number(),
  publishedPerNodeAndHourTurning: z.number(),
});
export type StabilityRun = z.infer<typeof stabilityRun>;

/** results/estimation-bench.json */
export const estimationResult = resultHead.extend({
  /** `planetLab`: whether its round-trip times were given. */
  settings: z.object({ seeds: z.array(z.int()), planetLab: z.boolean() }),
  accuracy: z.array(accuracyRun),
  speed: z.array(speedRun),
  stability: z.array(stabilityRun),
});
export type EstimationResult = z.infer<typeof estimationResult>;
