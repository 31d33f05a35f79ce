import type { z } from 'zod';

/**
 * What a schema alone cannot say of a value. Written once: zod and, as `x-kubernetes-validations`, the Kubernetes API
 * server both check it, and refuse with the same words.
 */
export interface Rule<Value> {
  /** The field of the value that is to blame, as `.workloads`; the value itself where it is left out. */
  field?: `.${string}`;
  /** True where the rule is kept: in CEL, which knows the value as `self`, and in TypeScript. */
  cel: string;
  isKept(value: Value): boolean;
  message: string;
  /**
   * Words that name the culprit, in CEL and in TypeScript; `message` where they would be too long. In CEL they are to be
   * made with `format`: what `+` and `join` make has no bound that the API server could estimate a cost by.
   */
  culprit?: { cel: string; words(value: Value): string };
}

/** The API server takes no longer words from a CEL expression. */
const WORDS_LIMIT = 5120;

/** The schema with rules that zod checks once the value has the right shape. */
export function withRules<Schema extends z.ZodType>(
  schema: Schema,
  ...rules: readonly Rule<z.output<Schema>>[]
): Schema {
  return schema
    .superRefine((value, context) => {
      for (const rule of rules.filter(({ isKept }) => !isKept(value))) {
        const path = rule.field === undefined ? [] : rule.field.slice(1).split('.');
        context.addIssue({ code: 'custom', path, message: wordsOf(rule, value) });
      }
    })
    .meta({ 'x-kubernetes-validations': rules.map(toValidation) });
}

function wordsOf<Value>({ message, culprit }: Rule<Value>, value: Value): string {
  const words = culprit?.words(value) ?? message;
  return words.length > WORDS_LIMIT ? message : words;
}

function toValidation({ cel, message, culprit, field }: Rule<never>): Record<string, string> {
  return {
    rule: cel,
    message,
    ...(culprit === undefined ? {} : { messageExpression: culprit.cel }),
    ...(field === undefined ? {} : { fieldPath: field }),
  };
}
