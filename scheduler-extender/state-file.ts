import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { type AppGroup, appGroup } from '#core/api/app-group.ts';
import { type Node, node, type Pod, pod } from '#core/api/kubernetes.ts';
import { API_VERSION, DEFAULT_TOPOLOGY } from '#core/api/names.ts';
import { type NetworkTopology, networkTopology } from '#core/api/network-topology.ts';
import { type NetworkTopologySlice, networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { buildGraph } from '#core/appgroup/graph.ts';
import { AppError } from '#core/errors.ts';
import type { ClusterState } from '#core/scoring/snapshot.ts';
import { parseInput } from '#core/validation.ts';

const anyObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string().optional() }).optional(),
  items: z.array(z.unknown()).optional(),
});

/**
 * Reads a cluster's state from manifests, as `kubectl get … -o yaml` or `-o json` writes them: several documents and
 * lists are fine, kinds that do not matter are passed over. Throws AppError INVALID_INPUT naming file, object and field.
 */
export function readState(files: readonly string[]): ClusterState {
  const nodes: Node[] = [];
  const pods: Pod[] = [];
  const appGroups: AppGroup[] = [];
  const topologies: NetworkTopology[] = [];
  const slices: NetworkTopologySlice[] = [];
  const readers: Record<string, (value: unknown, source: string) => unknown> = {
    'v1/Node': (value, source) => nodes.push(parseInput(node, value, source)),
    'v1/Pod': (value, source) => pods.push(parseInput(pod, value, source)),
    [`${API_VERSION}/AppGroup`]: (value, source) => appGroups.push(parseAppGroup(value, source)),
    [`${API_VERSION}/NetworkTopology`]: (value, source) => topologies.push(parseInput(networkTopology, value, source)),
    [`${API_VERSION}/NetworkTopologySlice`]: (value, source) =>
      slices.push(parseInput(networkTopologySlice, value, source)),
  };
  for (const { value, source } of files.flatMap(readObjects)) {
    const { apiVersion, kind, metadata } = parseInput(anyObject, value, source);
    readers[`${apiVersion}/${kind}`]?.(value, `${source}: ${kind} ${metadata?.name ?? '(without a name)'}`);
  }
  const topology = topologies.find(({ metadata }) => metadata.name === DEFAULT_TOPOLOGY);
  return { nodes, pods, appGroups, topology, slices };
}

function parseAppGroup(value: unknown, source: string): AppGroup {
  const group = parseInput(appGroup, value, source);
  const [problem] = buildGraph(group.spec).problems;
  if (problem !== undefined) throw new AppError('INVALID_INPUT', `${source}: ${problem}`);
  return group;
}

function readObjects(file: string): { value: unknown; source: string }[] {
  const documents = parseAllDocuments(readText(file));
  return (Array.isArray(documents) ? documents : []).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new AppError('INVALID_INPUT', `${file}: ${error.message.split('\n')[0]}`, { cause: error });
    const value: unknown = document.toJS();
    return value === null ? [] : flattenList(value).map((item) => ({ value: item, source: file }));
  });
}

function flattenList(value: unknown): unknown[] {
  const list = anyObject.safeParse(value);
  return list.success && list.data.kind.endsWith('List') && list.data.items ? list.data.items : [value];
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AppError('NOT_FOUND', `${file}: cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}
