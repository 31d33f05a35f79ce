import type { MessageReader } from './message-reader.ts';

/** What netaware reads of an object's metadata. As in JSON, what is empty is left out. */
export interface ReadMeta {
  name?: string | undefined;
  namespace?: string | undefined;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  /** RFC 3339. */
  deletionTimestamp?: string | undefined;
  labels?: Record<string, string> | undefined;
}

/** `ObjectMeta`: k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto. */
export function readObjectMeta(meta: MessageReader): ReadMeta {
  const read: ReadMeta = {};
  const labels: [key: string, value: string][] = [];
  for (let field = meta.next(); field !== 0; field = meta.next()) {
    if (field === 1) read.name = meta.string() || undefined;
    else if (field === 3) read.namespace = meta.string() || undefined;
    else if (field === 5) read.uid = meta.string() || undefined;
    else if (field === 6) read.resourceVersion = meta.string() || undefined;
    else if (field === 9) read.deletionTimestamp = readTime(meta.message());
    else if (field === 11) labels.push(readEntry(meta.message()));
  }
  if (labels.length > 0) read.labels = Object.fromEntries(labels);
  return read;
}

/** An entry of a map of strings. */
function readEntry(entry: MessageReader): [key: string, value: string] {
  let key = '';
  let value = '';
  for (let field = entry.next(); field !== 0; field = entry.next()) {
    if (field === 1) key = entry.string();
    else if (field === 2) value = entry.string();
  }
  return [key, value];
}

/** `Time`, to the second, as in JSON. */
function readTime(time: MessageReader): string {
  let seconds = 0;
  for (let field = time.next(); field !== 0; field = time.next()) {
    if (field === 1) seconds = time.integer();
  }
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
