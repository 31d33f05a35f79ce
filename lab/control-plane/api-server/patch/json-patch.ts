import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';
import { isObject } from '#lab/control-plane/api-server/kube-object.ts';
import { badRequest, StatusError } from '#lab/control-plane/api-server/status-error.ts';

const pointer = z.string().regex(/^(\/.*)?$/, 'not a JSON pointer');

const operation = z.discriminatedUnion('op', [
  z.object({ op: z.enum(['add', 'replace', 'test']), path: pointer, value: z.unknown() }),
  z.object({ op: z.literal('remove'), path: pointer }),
  z.object({ op: z.enum(['move', 'copy']), path: pointer, from: pointer }),
]);

type Operation = z.infer<typeof operation>;

/** JSON patch, RFC 6902. Throws StatusError 400 where the patch is not one, 422 where it does not apply. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  return parseOperations(patch).reduce<unknown>(applyOperation, document);
}

function parseOperations(patch: unknown): Operation[] {
  try {
    return parseInput(z.array(operation), patch, 'JSON patch');
  } catch (cause) {
    if (cause instanceof AppError) throw badRequest(cause.message);
    throw cause;
  }
}

function applyOperation(document: unknown, step: Operation): unknown {
  const path = parsePointer(step.path);
  switch (step.op) {
    case 'add':
      return addAt(document, path, step.value);
    case 'replace':
      valueAt(document, path);
      return path.length === 0 ? step.value : addAt(removeAt(document, path), path, step.value);
    case 'remove':
      return removeAt(document, path);
    case 'move': {
      const from = parsePointer(step.from);
      return addAt(removeAt(document, from), path, valueAt(document, from));
    }
    case 'copy':
      return addAt(document, path, valueAt(document, parsePointer(step.from)));
    case 'test':
      if (!isDeepStrictEqual(valueAt(document, path), step.value)) throw refused();
      return document;
  }
}

function parsePointer(text: string): string[] {
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(document: unknown, path: string[]): unknown {
  return path.reduce<unknown>((at, part) => {
    if (Array.isArray(at)) return at[itemIndex(part, at.length - 1)];
    if (!isObject(at) || !Object.hasOwn(at, part)) throw refused();
    return at[part];
  }, document);
}

function addAt(document: unknown, path: string[], value: unknown): unknown {
  return changeAt(document, path, value, (parent, part) => {
    if (!Array.isArray(parent)) return { ...parent, [part]: value };
    return parent.toSpliced(part === '-' ? parent.length : itemIndex(part, parent.length), 0, value);
  });
}

function removeAt(document: unknown, path: string[]): unknown {
  return changeAt(document, path, null, (parent, part) => {
    if (Array.isArray(parent)) return parent.toSpliced(itemIndex(part, parent.length - 1), 1);
    if (!Object.hasOwn(parent, part)) throw refused();
    const { [part]: _removed, ...rest } = parent;
    return rest;
  });
}

type Parent = Record<string, unknown> | unknown[];

/** Rebuilds the objects and lists on the way to `path`; `whole` takes the place of the document for the empty path. */
function changeAt(
  document: unknown,
  path: string[],
  whole: unknown,
  change: (parent: Parent, part: string) => Parent,
): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return whole;
  if (!isObject(document) && !Array.isArray(document)) throw refused();
  if (rest.length === 0) return change(document, part);
  const child = changeAt(valueAt(document, [part]), rest, whole, change);
  return Array.isArray(document) ? document.with(Number(part), child) : { ...document, [part]: child };
}

function itemIndex(part: string, highest: number): number {
  const index = /^(0|[1-9]\d*)$/.test(part) ? Number(part) : Number.NaN;
  if (!(index <= highest)) throw refused();
  return index;
}

function refused(): StatusError {
  return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}
