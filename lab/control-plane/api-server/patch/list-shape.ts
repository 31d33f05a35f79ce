import { isObject, type JsonObject } from '#lab/control-plane/api-server/kube-object.ts';

/**
 * How a list is merged: as one value (`atomic`), as a set of scalars, or item by item, told apart by these keys.
 */
export type ListShape = 'atomic' | 'set' | readonly string[];

/** The shape of the list at a path of field names (list indices left out). */
export type ListShapeOf = (path: readonly string[]) => ListShape;

/** A map: what has a prototype would know a field named `constructor`. */
const SHAPE_BY_FIELD = new Map<string, ListShape>(
  Object.entries({
    addresses: ['type'],
    conditions: ['type'],
    containers: ['name'],
    containerStatuses: ['name'],
    env: ['name'],
    ephemeralContainers: ['name'],
    finalizers: 'set',
    hostAliases: ['ip'],
    imagePullSecrets: ['name'],
    initContainers: ['name'],
    ownerReferences: ['uid'],
    podIPs: ['ip'],
    schedulingGates: ['name'],
    taints: ['key'],
    topologySpreadConstraints: ['topologyKey'],
    volumeMounts: ['mountPath'],
    volumes: ['name'],
  }),
);

/** Lists of Kubernetes' own kinds, by the name of the field: its API uses one merge key per name, but for `ports`. */
export const builtInListShape: ListShapeOf = (path) => {
  const field = path.at(-1) ?? '';
  if (field === 'ports') return path.includes('containers') ? ['containerPort'] : ['port'];
  return SHAPE_BY_FIELD.get(field) ?? 'atomic';
};

/** Lists of a custom resource, by `x-kubernetes-list-type` in its schema. */
export function listShapeOfSchema(schema: JsonObject): ListShapeOf {
  return (path) => {
    if (path[0] === 'metadata') return builtInListShape(path);
    const list = schemaAt(schema, path);
    if (list?.['x-kubernetes-list-type'] === 'set') return 'set';
    const keys = list?.['x-kubernetes-list-map-keys'];
    return list?.['x-kubernetes-list-type'] === 'map' && Array.isArray(keys) ? (keys as string[]) : 'atomic';
  };
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

/** What tells one item of a keyed list from another, as a canonical text; absent keys are left out. */
export function itemKey(item: unknown, keys: readonly string[]): string {
  const fields = isObject(item) ? item : {};
  return JSON.stringify(Object.fromEntries(keys.filter((key) => key in fields).map((key) => [key, fields[key]])));
}
