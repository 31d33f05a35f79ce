import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pod } from '#core/api/kubernetes.ts';
import { scheduledPod } from './scheduled-pod.ts';

const junk = fc.constantFrom<unknown>(null, 7, '', 'text', [], {}, { a: 1 }, true);
/** A field as it should be, mostly; or something else, or not there. */
const field = (right: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 60, arbitrary: right },
    { weight: 1, arbitrary: junk },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
const text = fc.string({ maxLength: 5 });
const texts = fc.dictionary(text, field(text), { maxKeys: 3 });

const anyPod = field(
  fc.record({
    apiVersion: field(fc.constant('v1')),
    kind: field(fc.constant('Pod')),
    metadata: field(
      fc.record({
        name: field(fc.constantFrom('p', 'p'.repeat(253), 'p'.repeat(254))),
        namespace: field(text),
        uid: field(text),
        resourceVersion: field(text),
        generation: field(fc.oneof(fc.integer(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY))),
        creationTimestamp: field(text),
        deletionTimestamp: field(text),
        labels: field(texts),
        annotations: field(texts),
        managedFields: fc.constant([{}]),
      }),
    ),
    spec: field(
      fc.record({
        nodeName: field(text),
        schedulerName: field(text),
        schedulingGates: fc.oneof(fc.constant(undefined), field(fc.array(fc.record({ name: field(text) })))),
        containers: field(fc.constant([])),
        hostNetwork: fc.boolean(),
      }),
    ),
    status: field(fc.record({ phase: field(text), qosClass: text })),
  }),
);

it('takes and refuses the same pods as the whole schema, in the same words, by what scheduling reads', () => {
  const seen = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(anyPod, (value) => {
      const [wanted, got] = [pod.safeParse(value), scheduledPod.safeParse(value)];
      seen[got.success ? 'taken' : 'refused'] += 1;
      expect(got.data).toEqual(wanted.data);
      expect(got.error?.issues).toEqual(wanted.error?.issues);
    }),
    { numRuns: 3000 },
  );
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(300);
});

it('passes on a pod that looks right as it came, with all that it does not look at', () => {
  const whole = { metadata: { name: 'p', labels: { a: 'b' } }, spec: { containers: [{ name: 'c', resources: {} }] } };
  expect(scheduledPod.parse(whole)).toBe(whole);
});

it('reads what Go leaves null as the whole schema does', () => {
  expect(scheduledPod.parse({ metadata: { name: 'p' }, spec: { containers: null } }).spec.containers).toEqual([]);
});
