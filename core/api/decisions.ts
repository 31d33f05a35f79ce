import { z } from 'zod';
import * as field from '#core/api/fields.ts';

// Extender -> aggregator: for which pods the scheduler got an answer. A scheduler that does without the extender tells nobody.

const decision = z.object({
  podUid: z.string().min(1).max(64),
  namespace: z.string().min(1).max(253),
  pod: z.string().min(1).max(253),
  at: field.timestamp,
});
export type Decision = z.infer<typeof decision>;

export const MAX_DECISIONS_PER_REPORT = 1000;

/** May be empty, to ask which aggregator answers. Sending a decision twice changes nothing. */
export const decisionReport = z.object({ decisions: z.array(decision).max(MAX_DECISIONS_PER_REPORT) });
export type DecisionReport = z.infer<typeof decisionReport>;

/** `instance` is another one after a restart: what the last one was told is lost. */
export const decisionReceipt = z.object({ instance: z.string().min(1) });
export type DecisionReceipt = z.infer<typeof decisionReceipt>;
