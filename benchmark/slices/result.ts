import { z } from 'zod';
import { resultHead } from '#benchmark/bench.ts';

const stored = z.object({
  objects: z.int(),
  meanBytes: z.number(),
  largestBytes: z.int(),
  totalBytes: z.int(),
});

/** As JSON, with managedFields. */
const sizeRun = z.object({
  nodes: z.int(),
  peers: z.int(),
  links: z.int(),
  /** One object for each origin, one for all, one for each link. */
  slices: stored,
  single: stored,
  perPair: stored,
});
export type SizeRun = z.infer<typeof sizeRun>;

export const SCENARIOS = ['quiet', 'step', 'fall', 'restarts'] as const;
export const REASONS = ['node', 'links', 'moved', 'tested', 'freshness', 'confirmation'] as const;

const writesRun = z.object({
  nodes: z.int(),
  scenario: z.enum(SCENARIOS),
  /** Nodes whose agents report: slices have nothing to do with one another, so that in large clusters a part stands for all. */
  reporting: z.int(),
  minutes: z.int(),
  /** Of the nodes that report, by what was material. */
  writes: z.record(z.enum(REASONS), z.int()),
  perNodeAndHour: z.number(),
  /** Of the whole cluster. */
  perMinute: z.number(),
  /** Of a step or fall: slices that have a link of the zone pair, those that told it, and the time that took, in probe intervals. */
  step: z
    .object({ slices: z.int(), told: z.int(), medianIntervals: z.number(), slowestIntervals: z.number() })
    .optional(),
});
export type WritesRun = z.infer<typeof writesRun>;

/** results/slices-bench.json */
export const slicesResult = resultHead.extend({
  settings: z.object({ seed: z.int(), minutes: z.int(), peers: z.int() }),
  sizes: z.array(sizeRun),
  writes: z.array(writesRun),
});
export type SlicesResult = z.infer<typeof slicesResult>;
