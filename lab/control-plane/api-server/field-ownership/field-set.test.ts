import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  fieldsOf,
  fromFieldsV1,
  toFieldsV1,
  valueAtField,
  withoutField,
} from '#lab/control-plane/api-server/field-ownership/field-set.ts';
import type { JsonObject } from '#lab/control-plane/api-server/kube-object.ts';
import { builtInListShape } from '#lab/control-plane/api-server/patch/list-shape.ts';

const POD = {
  metadata: { finalizers: ['a/b'] },
  spec: { containers: [{ name: 'app', args: ['x'], ports: [{ containerPort: 80 }] }] },
};

test('fields are named as in FieldsV1', () => {
  expect(toFieldsV1(fieldsOf(POD, builtInListShape))).toEqual({
    'f:metadata': { 'f:finalizers': { 'v:"a/b"': {} } },
    'f:spec': {
      'f:containers': {
        'k:{"name":"app"}': {
          '.': {},
          'f:args': {},
          'f:name': {},
          'f:ports': { 'k:{"containerPort":80}': { '.': {}, 'f:containerPort': {} } },
        },
      },
    },
  });
});

test.each(['toString', 'constructor', '__proto__'])('a list in a field named %s is a value like any other', (name) => {
  const fields = fieldsOf(JSON.parse(`{"${name}":[null]}`), builtInListShape);
  expect([...fields]).toEqual([`["f:${name}"]`]);
});

test('FieldsV1 is read as it is written, and every path leads to a value', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;
  fc.assert(
    fc.property(object, (value) => {
      const fields = fieldsOf(value, builtInListShape);
      expect(fromFieldsV1(toFieldsV1(fields))).toEqual(fields);
      for (const text of fields) expect(valueAtField(value, JSON.parse(text))).toBeDefined();
    }),
  );
});

test('what is removed takes along the objects and lists that it leaves empty', () => {
  const path = ['f:spec', 'f:containers', 'k:{"name":"app"}'];
  expect(withoutField(POD, path)).toEqual({ metadata: POD.metadata });
  expect(withoutField(POD, [...path, 'f:args'])).toEqual({
    ...POD,
    spec: { containers: [{ name: 'app', ports: [{ containerPort: 80 }] }] },
  });
  expect(withoutField(POD, ['f:nothing'])).toEqual(POD);
});
