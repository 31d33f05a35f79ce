import type { z } from 'zod';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';
import type { KubeObject } from '#lab/control-plane/api-server/kube-object.ts';
import { badRequest } from '#lab/control-plane/api-server/status-error.ts';

/** Throws StatusError 400 where the object's fields are not of the types that its kind has. */
export function checkFieldTypes(object: KubeObject, schema: z.ZodType): void {
  const { kind, apiVersion } = object;
  try {
    parseInput(schema, object, `${kind} in version "${apiVersion}" cannot be handled as a ${kind}`);
  } catch (cause) {
    if (cause instanceof AppError) throw badRequest(cause.message);
    throw cause;
  }
}
