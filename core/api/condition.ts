import { z } from 'zod';
import * as field from '#core/api/fields.ts';
import { listMap } from '#core/api/lists.ts';

const CONDITIONS_LIMIT = 16;

/** As Kubernetes' own metav1.Condition. */
const condition = z
  .object({
    type: z
      .string()
      .min(1)
      .max(316)
      .regex(/^([A-Za-z0-9][-A-Za-z0-9.]*\/)?[A-Za-z][-A-Za-z0-9_.]*$/, 'not the type of a condition')
      .describe('What is judged, in CamelCase.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
    observedGeneration: field.generation.optional().describe('The generation of the spec that was judged.'),
    lastTransitionTime: field.timestamp.describe('When the status last changed from one value to another.'),
    reason: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/, 'not a reason in CamelCase')
      .describe('Why, in one word in CamelCase, for programs.'),
    message: z.string().max(32_768).describe('Why, for people.'),
  })
  .describe('One judgement of the state of the object.');
export type Condition = z.infer<typeof condition>;

export const conditions = listMap(condition, ['type'], CONDITIONS_LIMIT);

/** A condition as it is judged now, before it is known since when it holds. */
export type Verdict = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** What was judged of this type before; undefined where nothing was. */
export function verdictIn(conditions: readonly Condition[] | undefined, type: string): Verdict | undefined {
  const condition = conditions?.find((found) => found.type === type);
  if (condition === undefined) return undefined;
  const { status, reason, message } = condition;
  return { type, status, reason, message };
}

/** The verdicts as conditions. A status that is the same as in `previous` keeps its time. */
export function conditionsOf(
  verdicts: readonly Verdict[],
  ground: { previous: readonly Condition[] | undefined; generation: number | undefined; now: string },
): Condition[] {
  return verdicts.map((verdict) => {
    const before = ground.previous?.find(({ type }) => type === verdict.type);
    const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime : ground.now;
    return { ...verdict, ...observed(ground.generation), lastTransitionTime };
  });
}

/** The generation as a status tells it. Beyond 2^53 it is not exact, and better not told. */
export function observed(generation: number | undefined): { observedGeneration?: number } {
  return Number.isSafeInteger(generation) ? { observedGeneration: generation as number } : {};
}
