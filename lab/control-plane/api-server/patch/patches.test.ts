import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyJsonPatch } from '#lab/control-plane/api-server/patch/json-patch.ts';
import { builtInListShape } from '#lab/control-plane/api-server/patch/list-shape.ts';
import { applyMergePatch } from '#lab/control-plane/api-server/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '#lab/control-plane/api-server/patch/strategic-merge-patch.ts';

describe('JSON patch', () => {
  test.each([
    ['adds to a list', { a: [1, 3] }, { op: 'add', path: '/a/1', value: 2 }, { a: [1, 2, 3] }],
    ['appends to a list', { a: [1] }, { op: 'add', path: '/a/-', value: 2 }, { a: [1, 2] }],
    ['replaces in a list', { a: [1, 2] }, { op: 'replace', path: '/a/0', value: 5 }, { a: [5, 2] }],
    ['removes from a list', { a: [1, 2] }, { op: 'remove', path: '/a/0' }, { a: [2] }],
    ['copies', { a: { b: 1 } }, { op: 'copy', from: '/a', path: '/c' }, { a: { b: 1 }, c: { b: 1 } }],
    ['reads ~1 as a slash and ~0 as a tilde', { 'a/b': 1, 'c~d': 2 }, { op: 'remove', path: '/a~1b' }, { 'c~d': 2 }],
    ['replaces the whole', { a: 1 }, { op: 'replace', path: '', value: { b: 2 } }, { b: 2 }],
  ])('%s', (_case, document, step, wanted) => {
    expect(applyJsonPatch(document, [step])).toEqual(wanted);
  });

  test.each([
    ['a path that is not there', { op: 'remove', path: '/nothing' }, 422],
    ['an index past the end', { op: 'add', path: '/list/3', value: 1 }, 422],
    ['an index that is none', { op: 'add', path: '/list/x', value: 1 }, 422],
    ['a field of a text', { op: 'add', path: '/text/a', value: 1 }, 422],
    ['a test that fails', { op: 'test', path: '/text', value: 'b' }, 422],
    ['an unknown operation', { op: 'increment', path: '/text' }, 400],
    ['a path without a slash', { op: 'remove', path: 'text' }, 400],
  ])('refuses %s', (_case, step, code) => {
    expect(() => applyJsonPatch({ list: [1], text: 'a' }, [step])).toThrow(
      expect.objectContaining({ status: expect.objectContaining({ code }) }),
    );
  });
});

describe('merge patch', () => {
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j with %j is %j', (target, patch, wanted) => {
    expect(applyMergePatch(target, patch)).toEqual(wanted);
  });

  test('applied twice is the same as applied once', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(object, object, (target, patch) => {
        const once = applyMergePatch(target, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

describe('strategic merge patch', () => {
  const conditions = [
    { type: 'Ready', status: 'False' },
    { type: 'Other', status: 'True' },
  ];
  test.each([
    [
      'merges items of the same key',
      { status: { conditions } },
      { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
      { status: { conditions: [{ type: 'Ready', status: 'True' }, conditions[1]] } },
    ],
    [
      'deletes an item',
      { status: { conditions } },
      { status: { conditions: [{ $patch: 'delete', type: 'Ready' }] } },
      { status: { conditions: [conditions[1]] } },
    ],
    [
      'replaces a list',
      { status: { conditions } },
      { status: { conditions: [{ $patch: 'replace' }, { type: 'New' }] } },
      { status: { conditions: [{ type: 'New' }] } },
    ],
    ['replaces an object', { spec: { a: 1 } }, { spec: { $patch: 'replace', b: 2 } }, { spec: { b: 2 } }],
    ['keeps only the retained keys', { spec: { a: 1, b: 2 } }, { spec: { $retainKeys: ['b'] } }, { spec: { b: 2 } }],
    [
      'deletes from a set',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
      { metadata: { finalizers: ['b'] } },
    ],
    ['replaces a list that has no keys', { args: [1, 2] }, { args: [3] }, { args: [3] }],
    ['ignores the order of items', { a: 1 }, { '$setElementOrder/containers': [{ name: 'a' }] }, { a: 1 }],
  ])('%s', (_case, target, patch, wanted) => {
    expect(applyStrategicMergePatch(target, patch, builtInListShape)).toEqual(wanted);
  });
});
