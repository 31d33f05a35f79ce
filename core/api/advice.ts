import { z } from 'zod';

// GET /v1/advice: pods that would be better off elsewhere, and have been for a while.

export const advisedMove = z.object({
  namespace: z.string(),
  pod: z.string(),
  appGroup: z.string(),
  workload: z.string(),
  from: z.string(),
  to: z.string(),
  saving: z.number().describe("Of the group's placement cost, 0..1, all other pods staying where they are."),
  savingPercent: z.number().describe("The same as a share of the group's placement cost."),
  since: z.string().describe('Since when the move has been worthwhile at every look.'),
});
export type AdvisedMove = z.infer<typeof advisedMove>;

export const advice = z.object({
  moves: z.array(advisedMove).describe('The greatest saving first.'),
  lookedAt: z.string().optional().describe('When the placements were looked at last; absent where they were not yet.'),
  thresholdPercent: z.number(),
  afterSeconds: z.number(),
});
export type Advice = z.infer<typeof advice>;
