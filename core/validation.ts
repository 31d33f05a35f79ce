import type { z } from 'zod';
import { AppError } from '#core/errors.ts';

/**
 * Parses `value` at an edge (a file, a flag, a request). Throws AppError INVALID_INPUT with one line that names the
 * source, the field, what was found and what is wanted; every further problem follows after a semicolon.
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown, source: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, 5).map((issue) => describeIssue(issue, value));
  const more = result.error.issues.length - problems.length;
  const rest = more > 0 ? `; and ${more} more` : '';
  throw new AppError('INVALID_INPUT', `${source}: ${problems.join('; ')}${rest}`, { cause: result.error });
}

/** As `parseInput`, and also refuses a field that the schema does not know: it is misspelt, and would be lost in silence. */
export function parseKnownFields<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: string,
): z.output<Schema> {
  const parsed = parseInput(schema, value, source);
  const lost = lostField(value, parsed, []);
  if (lost !== undefined) throw new AppError('INVALID_INPUT', `${source}: ${formatPath(lost)}: no such field`);
  return parsed;
}

/** Path of the first field of `input` that `output` has not. */
function lostField(input: unknown, output: unknown, path: readonly PropertyKey[]): PropertyKey[] | undefined {
  if (typeof input !== 'object' || input === null || typeof output !== 'object' || output === null) return undefined;
  for (const [key, value] of Object.entries(input)) {
    const here = [...path, Array.isArray(input) ? Number(key) : key];
    if (!(key in output)) return here;
    const below = lostField(value, (output as Record<string, unknown>)[key], here);
    if (below !== undefined) return below;
  }
  return undefined;
}

function describeIssue(issue: z.core.$ZodIssue, root: unknown): string {
  const field = formatPath(issue.path) || '(the whole)';
  const found = valueAt(root, issue.path);
  if (found === undefined && issue.code === 'invalid_type') return `${field}: missing, wanted ${issue.expected}`;
  const problem = `${field}: ${lowerFirst(issue.message)}`;
  // A rule between the fields of an object names the culprit itself.
  return issue.code === 'custom' && typeof found === 'object' ? problem : `${problem}, found ${abbreviate(found)}`;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, position) => (typeof key === 'number' ? `[${key}]` : `${position > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

function abbreviate(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = toText(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function toText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'something nested too deeply';
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
