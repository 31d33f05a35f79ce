import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppGroup } from '#core/api/app-group.ts';
import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { knownGroup } from '#core/appgroup/known-group.ts';
import { planHolds as holdsInPieces } from '#core/appgroup/plan/holds.ts';
import { planPlacement } from '#core/appgroup/plan/plan.ts';
import { finish } from '#core/pieces.ts';
import { usageByNode } from '#core/resources/node-usage.ts';
import { buildMatrix } from '#core/scoring/snapshot.ts';
import { makeGroup, makeNode, makePod, makeSlice, makeTopology, NOW_MS, secondsAgo } from '#test/builders.ts';

/** A link's cost is its RTT in ms / 100. */
const topology = makeTopology(
  { weights: { latency: 100, bandwidth: 0, loss: 0 } },
  { maxima: { rttMicroseconds: 100_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 } },
);
const shop = makeGroup('shop', { web: { db: 1 }, db: {} });
const NAMES = ['n1', 'n2', 'n3'];

function podOf(name: string, node?: string, group = 'shop'): Pod {
  const made = makePod(name, { group, workload: name.split('-')[0] ?? '', ...(node === undefined ? {} : { node }) });
  return { ...made, spec: { ...made.spec, containers: [{ name: 'app', resources: { requests: { cpu: '1' } } }] } };
}

function createdAt(pod: Pod, creationTimestamp: string): Pod {
  return { ...pod, metadata: { ...pod.metadata, creationTimestamp } };
}

interface Ground {
  group?: AppGroup;
  others?: { pods: Pod[]; groups: AppGroup[] };
  /** Of all links, in ms and bits per second. */
  rtt?: number;
  bandwidth?: number;
  cpu?: string;
  names?: string[];
}

function inputOf(pods: Pod[], ground: Ground = {}) {
  const { group = shop, others, rtt = 20, bandwidth = 100e6, cpu = '2', names = NAMES } = ground;
  const nodes = names.map((name) => makeNode(name, { cpu }));
  const link = { rttMicroseconds: rtt * 1000, bandwidthBitsPerSecond: bandwidth };
  const slices = names.map((origin) =>
    makeSlice(origin, Object.fromEntries(names.filter((name) => name !== origin).map((name) => [name, link]))),
  );
  const all = [...pods, ...(others?.pods ?? [])];
  return {
    known: knownGroup(group),
    pods,
    others: {
      pods: () => others?.pods ?? [],
      groups: new Map((others?.groups ?? []).map((other) => [namespacedName(other.metadata), knownGroup(other)])),
    },
    matrix: buildMatrix({ nodes, slices, topology }, NOW_MS),
    usages: usageByNode(nodes, all),
  };
}

const planHolds = (...args: Parameters<typeof holdsInPieces>) => finish(holdsInPieces(...args));

function planOf(pods: Pod[], ground?: Ground) {
  return finish(planPlacement({ ...inputOf(pods, ground), seed: 1, outOfTime: () => false }));
}

/** web-0 and db-0 on n1, web-1 on n2. */
const plan = {
  assignments: [
    { workload: 'web', replica: 0, node: 'n1' },
    { workload: 'web', replica: 1, node: 'n2' },
    { workload: 'db', replica: 0, node: 'n1' },
  ],
  costPartsPerMillion: 100_000,
};
const waiting = [podOf('web-0'), podOf('web-1'), podOf('db-0')];

describe('a plan holds', () => {
  it.each<[string, Pod[], Ground]>([
    ['while nothing changed', waiting, {}],
    ['as its pods are bound, whichever of a workload it is', [podOf('web-1', 'n1'), podOf('web-0'), podOf('db-0')], {}],
    [
      'when all are bound, whatever the network is then',
      waiting.map((pod, i) => podOf(pod.metadata.name, ['n1', 'n2', 'n1'][i])),
      { rtt: 90 },
    ],
    ['while the network has hardly moved', waiting, { rtt: 20.5 }],
    ['beside a pod on a node that is not known', [...waiting, podOf('db-1', 'gone')], {}],
  ])('%s', (_what, pods, ground) => {
    expect(planHolds(plan, inputOf(pods, ground))).toBe(true);
  });

  it.each<[string, Pod[], Ground]>([
    ['a pod more', [...waiting, podOf('db-1')], {}],
    ['a pod less', waiting.slice(1), {}],
    ['another workload than those it has', [...waiting.slice(0, 2), podOf('web-2')], {}],
    ['a pod that was bound elsewhere', [podOf('web-0', 'n3'), ...waiting.slice(1)], {}],
    ['a planned node that is gone', waiting, { names: ['n1', 'n3'] }],
    ['no room any more where it has its pods', waiting, { cpu: '1' }],
    ['another network', waiting, { rtt: 40 }],
  ])('no longer with %s', (_what, pods, ground) => {
    expect(planHolds(plan, inputOf(pods, ground))).toBe(false);
  });

  it('no longer where a limit would be broken', () => {
    const calls = { web: [{ name: 'db', weight: 1, maxLatencyMicroseconds: 10_000 }], db: {} };
    const limited = makeGroup('shop', calls, { requirements: 'All' });
    expect(planHolds(plan, inputOf(waiting, { group: limited, rtt: 5 }))).toBe(false);
    expect(planHolds({ ...plan, costPartsPerMillion: 25_000 }, inputOf(waiting, { group: limited, rtt: 5 }))).toBe(
      true,
    );
    expect(planHolds({ ...plan, costPartsPerMillion: 100_000 }, inputOf(waiting, { group: limited, rtt: 20 }))).toBe(
      false,
    );
  });

  it('no longer for a pod that came after all of its own, where another was', () => {
    const [web, ...rest] = waiting.map((pod) => createdAt(pod, secondsAgo(9)));
    const later = createdAt(podOf('web-7'), secondsAgo(3));
    const made = { ...plan, newestPodCreatedAt: secondsAgo(9) };
    expect(planHolds(made, inputOf([web as Pod, ...rest]))).toBe(true);
    expect(planHolds(made, inputOf([later, ...rest]))).toBe(false);
    expect(planHolds(made, inputOf([createdAt(podOf('web-7', 'n1'), secondsAgo(3)), ...rest]))).toBe(true);
  });

  it('as is found out in pieces that do not grow with the pods', () => {
    const pods = Array.from({ length: 50 }, (_, index) => podOf(`web-${index}`));
    const made = planOf(pods, { cpu: '20' });
    const pieces = holdsInPieces({ ...made, costPartsPerMillion: made.cost * 1e6 }, inputOf(pods, { cpu: '20' }));
    let steps = 0;
    while (!pieces.next().done) steps += 1;
    expect(steps).toBeGreaterThan(pods.length);
  });

  it('as soon as it is made, of whatever pods there are', () => {
    const some = fc.array(fc.constantFrom(undefined, ...NAMES, 'gone'), { maxLength: 6 });
    fc.assert(
      fc.property(some, some, (webs, dbs) => {
        const pods = [
          ...webs.map((node, index) => podOf(`web-${index}`, node)),
          ...dbs.map((node, index) => podOf(`db-${index}`, node)),
        ];
        const made = planOf(pods, { cpu: '20' });
        const costPartsPerMillion = made.cost * 1e6;
        expect(planHolds({ ...made, costPartsPerMillion }, inputOf(pods, { cpu: '20' }))).toBe(true);
      }),
    );
  });
});

it('a plan leaves the bandwidth that pods of other groups reserve', () => {
  const needs = (name: string) =>
    makeGroup(name, { web: [{ name: 'db', weight: 1, minBandwidth: '60M' }], db: {} }, { requirements: 'All' });
  const group = needs('shop');
  const pods = [podOf('db-0', 'n1'), podOf('web-0')];
  // One pod more does not fit on n1, so web-0 has to talk to it from another node.
  const cpu = '1';
  const ground = { group, cpu, names: ['n1', 'n2'] };
  expect(planOf(pods, ground).assignments).toHaveLength(2);
  const talk = [podOf('web-9', 'n2', 'other'), podOf('db-9', 'n1', 'other')].map((pod) => ({
    ...pod,
    spec: { ...pod.spec, containers: [] },
  }));
  const taken = planOf(pods, { ...ground, others: { pods: talk, groups: [needs('other')] } });
  expect(taken.unassigned).toEqual(['default/web-0']);
});
