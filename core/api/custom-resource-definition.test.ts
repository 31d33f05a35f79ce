import { describe, expect, it } from 'vitest';
import { structuralSchema, toCustomResourceDefinition } from './custom-resource-definition.ts';
import {
  APP_GROUP,
  CUSTOM_RESOURCES,
  NETWORK_TOPOLOGY,
  NETWORK_TOPOLOGY_SLICE,
  resourcePath,
} from './custom-resources.ts';

type Json = Record<string, unknown>;

/** Every schema within a schema, with its path. */
function* schemasIn(schema: Json, path: string): Generator<[path: string, schema: Json]> {
  yield [path, schema];
  for (const [name, property] of Object.entries((schema.properties ?? {}) as Record<string, Json>)) {
    yield* schemasIn(property, `${path}.${name}`);
  }
  if (schema.items !== undefined) yield* schemasIn(schema.items as Json, `${path}[]`);
}

describe.each(CUSTOM_RESOURCES.map((resource) => [resource.kind, resource] as const))('%s', (_kind, resource) => {
  const schemas = [...schemasIn(structuralSchema(resource), resource.kind)];

  it('has a structural schema: a type at every level, and nothing that Kubernetes forbids', () => {
    const forbidden = ['$ref', '$schema', 'anyOf', 'oneOf', 'allOf', 'additionalProperties', 'exclusiveMinimum'];
    for (const [path, schema] of schemas) {
      expect('type' in schema || schema['x-kubernetes-int-or-string'] === true, path).toBe(true);
      expect(
        Object.keys(schema).filter((key) => forbidden.includes(key)),
        path,
      ).toEqual([]);
    }
  });

  it('describes every field and object, but the metadata, which the API server describes', () => {
    const silent = schemas.filter(([, { description }]) => typeof description !== 'string' || description === '');
    const items = schemas.filter(([path, { type }]) => path.endsWith('[]') && type !== 'object');
    const expected = [`${resource.kind}.metadata`, `${resource.kind}.metadata.name`];
    expect(silent.filter((entry) => !items.includes(entry)).map(([path]) => path)).toEqual(expected);
  });

  it('bounds every list and text, so that the cost of its rules is bounded', () => {
    const lists = schemas.filter(([, { type, maxItems }]) => type === 'array' && maxItems === undefined);
    expect(lists.map(([path]) => path)).toEqual([]);
    const texts = schemas.filter(
      ([path, { type, maxLength, enum: choices, format }]) =>
        type === 'string' &&
        maxLength === undefined &&
        choices === undefined &&
        format === undefined &&
        !/^\w+\.(apiVersion|kind)$/.test(path),
    );
    expect(texts.map(([path]) => path)).toEqual([]);
  });

  it('says of every list how it is merged, and the keys of a list map are there in each item', () => {
    for (const [path, list] of schemas.filter(([, { type }]) => type === 'array')) {
      expect(['atomic', 'map'], path).toContain(list['x-kubernetes-list-type']);
      if (list['x-kubernetes-list-type'] === 'atomic') continue;
      const { required } = list.items as { required: string[] };
      expect(required, path).toEqual(expect.arrayContaining(list['x-kubernetes-list-map-keys'] as string[]));
    }
  });

  it('holds no floats', () => {
    expect(schemas.filter(([, { type }]) => type === 'number').map(([path]) => path)).toEqual([]);
  });

  it('has the columns that its schema has fields for', () => {
    const fields = schemas.map(([path]) => path.replace(resource.kind, ''));
    const columns = resource.printerColumns.map(({ jsonPath }) => jsonPath.replace(/\[\?.*?\)\]/, '[]'));
    for (const column of columns) {
      expect([...fields, '.metadata.creationTimestamp']).toContain(column);
    }
  });
});

it('defaults of objects are whole, for the API server checks them before it fills in the defaults of their fields', () => {
  const { properties } = structuralSchema(NETWORK_TOPOLOGY) as { properties: { spec: { default: Json } } };
  expect(properties.spec.default).toMatchObject({ weights: { latency: 60, bandwidth: 20, loss: 20 }, staticCosts: [] });
  expect(NETWORK_TOPOLOGY.schema.shape.spec?.parse(undefined)).toEqual(properties.spec.default);
});

it('only what has a status has the subresource', () => {
  const subresources = (resource: (typeof CUSTOM_RESOURCES)[number]) =>
    (toCustomResourceDefinition(resource) as { spec: { versions: Json[] } }).spec.versions[0]?.subresources;
  expect(subresources(APP_GROUP)).toEqual({ status: {} });
  expect(subresources(NETWORK_TOPOLOGY_SLICE)).toBeUndefined();
});

it('collections have a path in all namespaces, and in one', () => {
  expect(resourcePath(APP_GROUP)).toBe('/apis/netaware.io/v1alpha1/appgroups');
  expect(resourcePath(APP_GROUP, 'store')).toBe('/apis/netaware.io/v1alpha1/namespaces/store/appgroups');
});
