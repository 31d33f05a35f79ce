import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { type AppGroup, appGroup } from '#core/api/app-group.ts';
import { type Node, namespacedName, node, type ObjectMeta, type Pod, pod } from '#core/api/kubernetes.ts';
import { API_VERSION, DEFAULT_TOPOLOGY, GROUP } from '#core/api/names.ts';
import { type NetworkTopology, networkTopology } from '#core/api/network-topology.ts';
import { type NetworkTopologySlice, networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { AppError } from '#core/errors.ts';
import type { ClusterState } from '#core/scoring/snapshot.ts';
import { parseInput, parseKnownFields } from '#core/validation.ts';
import { readTextFile } from '#runtime/text-file.ts';

const anyObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string().optional() }).optional(),
  items: z.array(z.unknown()).optional(),
});

/**
 * Reads a cluster's state from manifests, as `kubectl get … -o yaml` or `-o json` writes them: several documents and
 * lists are fine, kinds that do not matter are passed over, and of an object that is there twice the last one counts, as
 * for `kubectl apply`. Throws AppError INVALID_INPUT naming file, object and field.
 */
export function readState(files: readonly string[]): ClusterState {
  const nodes = new Map<string, Node>();
  const pods = new Map<string, Pod>();
  const appGroups = new Map<string, AppGroup>();
  const topologies = new Map<string, NetworkTopology>();
  const slices = new Map<string, NetworkTopologySlice>();
  const readers: Record<string, (value: unknown, source: string) => unknown> = {
    'v1/Node': (value, source) => keep(nodes, parseInput(node, value, source)),
    'v1/Pod': (value, source) => keep(pods, parseInput(pod, value, source)),
    [`${API_VERSION}/AppGroup`]: (value, source) => keep(appGroups, parseKnownFields(appGroup, value, source)),
    [`${API_VERSION}/NetworkTopology`]: (value, source) =>
      keep(topologies, parseKnownFields(networkTopology, value, source)),
    [`${API_VERSION}/NetworkTopologySlice`]: (value, source) =>
      keep(slices, parseKnownFields(networkTopologySlice, value, source)),
  };
  for (const { value, file, position } of files.flatMap(readObjects)) {
    const { apiVersion, kind, metadata } = parseInput(anyObject, value, `${file}: object ${position}`);
    const reader = readers[`${apiVersion}/${kind}`];
    if (!reader && apiVersion.startsWith(`${GROUP}/`)) {
      throw new AppError('INVALID_INPUT', `${file}: object ${position}: no kind ${kind} in ${apiVersion}`);
    }
    reader?.(value, `${file}: ${kind} ${metadata?.name ?? `(object ${position}, without a name)`}`);
  }
  return {
    nodes: [...nodes.values()],
    pods: [...pods.values()],
    appGroups: [...appGroups.values()],
    topology: [...topologies.values()].find(({ metadata }) => metadata.name === DEFAULT_TOPOLOGY),
    slices: [...slices.values()],
  };
}

function keep<Kept extends { metadata: ObjectMeta }>(objects: Map<string, Kept>, object: Kept): void {
  objects.set(namespacedName(object.metadata), object);
}

/** Every object of the file with its position, from 1. */
function readObjects(file: string): { value: unknown; file: string; position: number }[] {
  return readDocuments(file)
    .filter((value) => value !== null)
    .flatMap(flattenList)
    .map((value, index) => ({ value, file, position: index + 1 }));
}

/** The values of a file's JSON or YAML documents. JSON is YAML too, but a large cluster's takes minutes to read as that. */
function readDocuments(file: string): unknown[] {
  const text = readTextFile(file);
  if (text.trimStart().startsWith('{')) {
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

/** Undefined for what is not one JSON document: it may be YAML, or several. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
