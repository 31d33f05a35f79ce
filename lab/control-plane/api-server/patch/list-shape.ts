import { isObject, type JsonObject } from '#lab/control-plane/api-server/kube-object.ts';

/** A list that is merged item by item; an item is told apart by its keys, and may be one value itself. */
export interface ListMap {
  keys: readonly string[];
  atomicItems?: boolean;
}

/** How a list is merged: as one value (`atomic`), as a set of scalars, or item by item. */
export type ListShape = 'atomic' | 'set' | ListMap;

/** The shape of the list at a path of field names (list indices left out). */
export type ListShapeOf = (path: readonly string[]) => ListShape;

/** A map: what has a prototype would know a field named `constructor`. */
const SHAPE_BY_FIELD = new Map<string, ListShape>(
  Object.entries({
    addresses: { keys: ['type'] },
    conditions: { keys: ['type'] },
    containers: { keys: ['name'] },
    containerStatuses: { keys: ['name'] },
    env: { keys: ['name'] },
    ephemeralContainers: { keys: ['name'] },
    finalizers: 'set',
    hostAliases: { keys: ['ip'] },
    imagePullSecrets: { keys: ['name'] },
    initContainers: { keys: ['name'] },
    ownerReferences: { keys: ['uid'] },
    podIPs: { keys: ['ip'] },
    schedulingGates: { keys: ['name'] },
    taints: { keys: ['key'] },
    topologySpreadConstraints: { keys: ['topologyKey'] },
    volumeMounts: { keys: ['mountPath'] },
    volumes: { keys: ['name'] },
  }),
);

/** Lists of Kubernetes' own kinds, by the name of the field: its API uses one merge key per name, but for `ports`. */
export const builtInListShape: ListShapeOf = (path) => {
  const field = path.at(-1) ?? '';
  if (field === 'ports') return { keys: [path.includes('containers') ? 'containerPort' : 'port'] };
  return SHAPE_BY_FIELD.get(field) ?? 'atomic';
};

/** Lists of a custom resource, by `x-kubernetes-list-type` in its schema. */
export function listShapeOfSchema(schema: JsonObject): ListShapeOf {
  return (path) => {
    if (path[0] === 'metadata') return builtInListShape(path);
    return listShapeIn(schemaAt(schema, path) ?? {});
  };
}

/** The shape of a list by its own schema. */
export function listShapeIn(list: JsonObject): ListShape {
  if (list['x-kubernetes-list-type'] === 'set') return 'set';
  const keys = list['x-kubernetes-list-map-keys'];
  if (list['x-kubernetes-list-type'] !== 'map' || !Array.isArray(keys)) return 'atomic';
  return { keys, atomicItems: isObject(list.items) && list.items['x-kubernetes-map-type'] === 'atomic' };
}

function schemaAt(schema: JsonObject, path: readonly string[]): JsonObject | undefined {
  let at: unknown = schema;
  for (const name of path) {
    while (isObject(at) && isObject(at.items)) at = at.items;
    if (!isObject(at)) return undefined;
    const property: unknown = isObject(at.properties) ? at.properties[name] : undefined;
    at = property ?? at.additionalProperties;
  }
  return isObject(at) ? at : undefined;
}

/** What tells one item of a list map from another, as a canonical text; absent keys are left out. */
export function itemKey(item: unknown, { keys }: ListMap): string {
  const fields = isObject(item) ? item : {};
  const present = keys.filter((key) => key in fields).toSorted();
  return JSON.stringify(Object.fromEntries(present.map((key) => [key, fields[key]])));
}
