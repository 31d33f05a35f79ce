import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { AppError } from '#core/errors.ts';
import { parseJson } from '#core/json.ts';
import { parseInput } from '#core/validation.ts';
import { readTextFile } from '#runtime/text-file.ts';

const anyObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string().optional() }).optional(),
  items: z.array(z.unknown()).optional(),
});

/** One object of a file, as it was written; what its kind wants of it is not checked. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  value: unknown;
  /** For messages: "pods.yaml: object 3". */
  place: string;
  /** For messages, by its name: "pods.yaml: Pod web-1". */
  source: string;
}

/**
 * Every object of a file of manifests, as people write them and as `kubectl get … -o yaml` or `-o json` prints them: several
 * documents and lists are fine. Throws AppError NOT_FOUND where the file cannot be read, INVALID_INPUT naming file and object.
 */
export function readManifests(file: string): Manifest[] {
  return parseManifests(readTextFile(file), file);
}

/** The same of a text; `file` is what messages call it. */
export function parseManifests(text: string, file: string): Manifest[] {
  return readDocuments(text, file)
    .filter((value) => value !== null)
    .flatMap(flattenList)
    .map((value, index) => {
      const place = `${file}: object ${index + 1}`;
      const { apiVersion, kind, metadata } = parseInput(anyObject, value, place);
      const name = metadata?.name ?? `(object ${index + 1}, without a name)`;
      return { apiVersion, kind, value, place, source: `${file}: ${kind} ${name}` };
    });
}

/** The values of JSON or YAML documents. JSON is YAML too, but a large cluster's takes minutes to read as that. */
function readDocuments(text: string, file: string): unknown[] {
  if (text.trimStart().startsWith('{')) {
    // What is not one JSON document may be YAML, or several.
    const json = parseJson(text);
    if (json !== undefined) return [withoutNulls(json)];
  }
  const documents = parseAllDocuments(text);
  return (Array.isArray(documents) ? documents : []).map((document) => {
    const [error] = document.errors;
    try {
      if (error) throw error;
      return withoutNulls(document.toJS());
    } catch (cause) {
      const [reason] = (cause as Error).message.split(/:?\n/);
      throw new AppError('INVALID_INPUT', `${file}: ${reason}`, { cause });
    }
  });
}

/** Kubernetes takes a field that is null for one that is absent; kubectl prints such, and people leave `labels:` empty. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => (field === null ? [] : [[key, withoutNulls(field)]])),
  );
}

/** The items of a list. Those of a NodeList and the like, as the API server itself answers, do not say their kind. */
function flattenList(value: unknown): unknown[] {
  const list = anyObject.safeParse(value);
  if (!list.success || !list.data.kind.endsWith('List') || !list.data.items) return [value];
  const { apiVersion, kind, items } = list.data;
  return items.map((item) =>
    typeof item === 'object' && kind !== 'List' ? { apiVersion, kind: kind.slice(0, -'List'.length), ...item } : item,
  );
}
