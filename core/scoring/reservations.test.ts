import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppGroup } from '#core/api/app-group.ts';
import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { parseQuantity } from '#core/api/quantity.ts';
import { PlacementIndex, placeOf } from '#core/appgroup/placements.ts';
import { makeGroup, makeNode, makePod, makeSnapshot } from '#test/builders.ts';
import { reservedBandwidth, reservedParts } from './reservations.ts';
import type { Snapshot } from './score.ts';
import { indexGroups } from './snapshot.ts';

const nodeNames = ['n1', 'n2', 'n3', 'n4'];
const nodes = nodeNames.map((name) => makeNode(name));
const needing = (name: string, minBandwidth: string | number) => ({ name, weight: 1, minBandwidth });
const shop = makeGroup('shop', { web: [needing('db', '10M')], db: {} });
const blog = makeGroup('blog', { web: [needing('db', '1k')], db: {} });
/** Pods such as "web@n1", of the group. */
const podsOf = (group: string, ...places: string[]): Pod[] =>
  places.map((place, index) => {
    const [workload = '', node] = place.split('@');
    return makePod(`${group}-${workload}-${index}`, { group, workload, ...(node === undefined ? {} : { node }) });
  });

describe('reserved bandwidth', () => {
  it.each<[string, Pod[], Record<string, number>]>([
    ['is that of the call, in its direction', podsOf('shop', 'web@n1', 'db@n2'), { 'n1 n2': 1e7 }],
    ['is nothing within a node', podsOf('shop', 'web@n1', 'db@n1'), {}],
    ['is nothing where the caller is not placed', podsOf('shop', 'web', 'db@n2'), {}],
    ['is nothing where the callee is not placed', podsOf('shop', 'web@n1', 'db'), {}],
    ['is that of each caller', podsOf('shop', 'web@n1', 'web@n1', 'web@n3', 'db@n2'), { 'n1 n2': 2e7, 'n3 n2': 1e7 }],
    [
      'is shared by the callees',
      podsOf('shop', 'web@n1', 'db@n2', 'db@n2', 'db@n3', 'db@n4'),
      { 'n1 n2': 5e6, 'n1 n3': 2.5e6, 'n1 n4': 2.5e6 },
    ],
    ['is shared with callees on the node of the caller', podsOf('shop', 'web@n1', 'db@n1', 'db@n2'), { 'n1 n2': 5e6 }],
    [
      'is rounded up to whole bits per second',
      podsOf('blog', 'web@n1', 'db@n2', 'db@n3', 'db@n4'),
      { 'n1 n2': 334, 'n1 n3': 334, 'n1 n4': 334 },
    ],
    [
      'is the sum over AppGroups',
      [...podsOf('shop', 'web@n1', 'db@n2'), ...podsOf('blog', 'web@n1', 'db@n2')],
      { 'n1 n2': 10_001_000 },
    ],
    ['is nothing for pods of an AppGroup that is not there', podsOf('gone', 'web@n1', 'db@n2'), {}],
    ['is nothing for workloads that the AppGroup does not name', podsOf('shop', 'old@n1', 'db@n2'), {}],
  ])('%s', (_what, pods, want) => {
    const snapshot = makeSnapshot({ nodes, pods, appGroups: [shop, blog] });
    expect(allReserved(snapshot)).toEqual(want);
  });

  it('is cut where numbers are no longer exact, and never infinite', () => {
    const huge = makeGroup('shop', { web: [needing('db', '9E')], db: {} });
    const pods = podsOf('shop', 'web@n1', 'web@n1', 'db@n2');
    const { reservedBandwidth: reserved } = makeSnapshot({ nodes, pods, appGroups: [huge] });
    expect(reserved('n1', 'n2')).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('over any history of pods and AppGroups', () => {
  const bandwidth = fc.constantFrom(undefined, '20M', 1, '333k', '9E', '1.5Gi');
  const groupChange = fc.record({
    group: fc.constantFrom('shop', 'blog'),
    spec: fc.option(
      fc.record({ 'web db': bandwidth, 'web cart': bandwidth, 'cart db': bandwidth, 'db web': bandwidth }),
    ),
  });
  const podChange = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    group: fc.constantFrom('shop', 'blog'),
    workload: fc.constantFrom('web', 'cart', 'db', 'web', 'cart', 'db', 'unheard-of'),
    state: fc.constantFrom('removed', 'pending', 'ended', 'leaving', ...nodeNames, ...nodeNames),
    /** The same event comes again. */
    twice: fc.boolean(),
  });

  it('is what its pods and AppGroups of now reserve, whole, never negative, and nothing without pods', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 6, arbitrary: podChange }, groupChange), { minLength: 15, maxLength: 40 }),
        (changes) => {
          const index = new PlacementIndex();
          const pods = new Map<string, Pod>();
          const groups = new Map([shop, blog].map((group) => [group.metadata.name, group]));
          const put = (name: string, after: Pod | undefined) => {
            index.change(pods.get(name), after);
            if (after === undefined) pods.delete(name);
            else pods.set(name, after);
          };
          for (const change of changes) {
            if ('spec' in change) {
              if (change.spec === null) groups.delete(change.group);
              else groups.set(change.group, groupOf(change.group, change.spec));
            } else {
              put(change.name, podOf(change));
              if (change.twice) put(change.name, podOf(change));
            }
            const reserving = { reserving: index, groups: indexGroups([...groups.values()]) };
            const want = reservedByPairs([...pods.values()], [...groups.values()]);
            expect(allReserved(reserving)).toEqual(want);
            expect(allParts(reserving, 'to')).toEqual(want);
            expect(allParts(reserving, 'from')).toEqual(want);
            expect(Object.values(want).every((bits) => Number.isInteger(bits) && bits > 0)).toBe(true);
          }
          for (const name of [...pods.keys()]) put(name, undefined);
          expect([index.placements.size, index.occupants.size]).toEqual([0, 0]);
        },
      ),
    );
  });

  function groupOf(name: string, bandwidths: Record<string, string | number | undefined>): AppGroup {
    const dependencies = (caller: string) =>
      Object.entries(bandwidths).flatMap(([call, minBandwidth]) => {
        const [origin, destination = ''] = call.split(' ');
        if (origin !== caller) return [];
        return [{ name: destination, weight: 1, ...(minBandwidth === undefined ? {} : { minBandwidth }) }];
      });
    return makeGroup(name, { web: dependencies('web'), cart: dependencies('cart'), db: dependencies('db') });
  }

  function podOf(change: { name: string; group: string; workload: string; state: string }): Pod | undefined {
    const { name, group, workload, state } = change;
    if (state === 'removed') return undefined;
    const isPlaced = nodeNames.includes(state);
    const node = { ended: 'n1', leaving: 'n1', pending: undefined }[state] ?? (isPlaced ? state : undefined);
    const pod = makePod(name, { group, workload, ...(node === undefined ? {} : { node }) });
    if (state === 'ended') return { ...pod, status: { phase: 'Succeeded' } };
    if (state !== 'leaving') return pod;
    return { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  }
});

type Reserving = Pick<Snapshot, 'reserving' | 'groups'>;

/** Of each link that has anything reserved, as "origin destination". */
function allReserved(reserving: Reserving): Record<string, number> {
  const pairs = nodeNames.flatMap((origin) => nodeNames.map((destination) => [origin, destination] as const));
  return withoutNothing(
    pairs.map(([origin, destination]) => [
      `${origin} ${destination}`,
      reservedBandwidth(reserving, origin, destination),
    ]),
  );
}

function allParts(reserving: Reserving, direction: 'to' | 'from'): Record<string, number> {
  const sums = new Map<string, number>();
  for (const node of nodeNames) {
    for (const { nodes: others, bitsPerSecond } of reservedParts(reserving, direction, node)) {
      for (const other of others.filter((name) => name !== node)) {
        const link = direction === 'to' ? `${other} ${node}` : `${node} ${other}`;
        sums.set(link, cut((sums.get(link) ?? 0) + bitsPerSecond));
      }
    }
  }
  return withoutNothing([...sums]);
}

/** The same from scratch: pair by pair of replicas. */
function reservedByPairs(pods: readonly Pod[], appGroups: readonly AppGroup[]): Record<string, number> {
  const sums = new Map<string, number>();
  const places = pods.flatMap((pod) => placeOf(pod) ?? []);
  for (const { metadata, spec } of appGroups) {
    const replicas = (workload: string) =>
      places.filter((place) => place.appGroup === namespacedName(metadata) && place.workload === workload);
    for (const { name, dependencies } of spec.workloads) {
      for (const { name: callee, minBandwidth } of dependencies) {
        const needed = cut(parseQuantity(minBandwidth ?? 0) ?? 0);
        for (const from of replicas(name)) {
          for (const to of replicas(callee)) {
            const link = `${from.node} ${to.node}`;
            if (from.node === to.node) continue;
            sums.set(link, cut((sums.get(link) ?? 0) + Math.ceil(needed / replicas(callee).length)));
          }
        }
      }
    }
  }
  return withoutNothing([...sums]);
}

function cut(bits: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, bits);
}

function withoutNothing(sums: readonly (readonly [string, number])[]): Record<string, number> {
  return Object.fromEntries(sums.filter(([, bits]) => bits !== 0));
}
