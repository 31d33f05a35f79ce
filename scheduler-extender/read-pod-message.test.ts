import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MessageReader } from '#runtime/kubernetes/protobuf/message-reader.ts';
import { encodeMessage, type Field } from '#test/protobuf.ts';
import { readPodMessage } from './read-pod-message.ts';
import { trimPod } from './trim-pod.ts';

const text = fc.string({ unit: 'grapheme' }).map((value) => value.toWellFormed());
/** Of fields that are there without being read, of every type that Kubernetes has. */
const others = (numbers: number[]) =>
  fc.array(fc.tuple(fc.constantFrom(...numbers), fc.oneof(text, fc.maxSafeInteger())).map((field): Field => field));

const podFields = fc.record({
  name: text,
  namespace: text,
  uid: text,
  resourceVersion: text,
  labels: fc.dictionary(text, text),
  deletedAtSeconds: fc.option(fc.integer({ min: 0, max: 253_402_300_799 })),
  nodeName: text,
  schedulerName: text,
  gates: fc.array(text),
  phase: text,
  otherMeta: others([2, 7, 8, 12, 13, 14, 17]),
  otherSpec: others([1, 2, 3, 4, 18, 40]),
  otherStatus: others([2, 3, 4, 16]),
});
type PodFields = typeof podFields extends fc.Arbitrary<infer Fields> ? Fields : never;

/** As kube-apiserver writes it: text is there also where it is empty. */
function encode(pod: PodFields): Buffer {
  const entries = Object.entries(pod.labels).map(
    ([key, value]): Field => [
      11,
      encodeMessage([
        [1, key],
        [2, value],
      ]),
    ],
  );
  const deleted: Field[] = pod.deletedAtSeconds === null ? [] : [[9, encodeMessage([[1, pod.deletedAtSeconds]])]];
  const metadata = encodeMessage([
    [1, pod.name],
    [3, pod.namespace],
    [5, pod.uid],
    [6, pod.resourceVersion],
    ...deleted,
    ...entries,
    ...pod.otherMeta,
  ]);
  const gates = pod.gates.map((gate): Field => [38, encodeMessage([[1, gate]])]);
  const spec = encodeMessage([[10, pod.nodeName], [19, pod.schedulerName], ...pod.otherSpec, ...gates]);
  const status = encodeMessage([[1, pod.phase], ...pod.otherStatus]);
  return encodeMessage([
    [1, metadata],
    [2, spec],
    [3, status],
  ]);
}

/** As kube-apiserver writes it in JSON: what is empty is left out, but for the names of gates. */
function inJson(pod: PodFields): object {
  const given = (value: string) => value || undefined;
  const deletionTimestamp =
    pod.deletedAtSeconds === null
      ? undefined
      : new Date(pod.deletedAtSeconds * 1000).toISOString().replace(/\.000Z$/, 'Z');
  return {
    metadata: {
      name: given(pod.name),
      namespace: given(pod.namespace),
      uid: given(pod.uid),
      resourceVersion: given(pod.resourceVersion),
      deletionTimestamp,
      labels: Object.keys(pod.labels).length === 0 ? undefined : pod.labels,
      annotations: { note: 'not kept' },
    },
    spec: {
      nodeName: given(pod.nodeName),
      schedulerName: given(pod.schedulerName),
      schedulingGates: pod.gates.length === 0 ? undefined : pod.gates.map((name) => ({ name })),
      containers: [],
    },
    status: { phase: given(pod.phase), conditions: [] },
  };
}

it('reads of a pod in protobuf what is kept of the same pod in JSON', () => {
  fc.assert(
    fc.property(podFields, (pod) => {
      expect(readPodMessage(new MessageReader(encode(pod)))).toEqual(trimPod(inJson(pod)));
    }),
  );
});

it('reads a label whose name objects have a meaning for, as JSON does', () => {
  const labels = encodeMessage([
    [1, '__proto__'],
    [2, 'x'],
  ]);
  const read = readPodMessage(new MessageReader(encodeMessage([[1, encodeMessage([[11, labels]])]])));
  expect(read).toEqual({ metadata: JSON.parse('{"labels":{"__proto__":"x"}}') });
});

it('reads a bookmark, of which only the place is filled in', () => {
  const metadata = encodeMessage([[6, '77']]);
  expect(readPodMessage(new MessageReader(encodeMessage([[1, metadata]])))).toEqual({
    metadata: { resourceVersion: '77' },
  });
});
