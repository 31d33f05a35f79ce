import { describe, expect, it } from 'vitest';
import { diktyoAppGroup, diktyoNetworkTopology } from '#core/api/diktyo.ts';
import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { convertAppGroup } from '#core/diktyo/app-group.ts';
import { chooseTable, staticCostsOf } from '#core/diktyo/network-topology.ts';
import { parseInput } from '#core/validation.ts';
import { TOPOLOGY } from '#test/diktyo/two-regions.ts';

const reference = (selector: string, more: object = {}) => ({ kind: 'Deployment', name: selector, selector, ...more });
const groupOf = (workloads: object[], spec: object = {}) => ({
  metadata: { name: 'shop', namespace: 'store' },
  spec: { numMembers: 1, topologySortingAlgorithm: 'TarjanSort', workloads, ...spec },
});
const convert = (group: object) => convertAppGroup(diktyoAppGroup.parse(group));

describe("an AppGroup of scheduler-plugins' as one of ours", () => {
  it('has workloads by their selectors, and the limits of calls', () => {
    const called = { workload: reference('db'), minBandwidth: '100Mi', maxNetworkCost: 30 };
    const web = { kind: 'StatefulSet', apiVersion: 'apps/v1', name: 'web-set', selector: 'Web.1', namespace: 'store' };
    const { group, notes } = convert(
      groupOf([{ workload: web, dependencies: [called] }, { workload: reference('db') }]),
    );
    expect(notes).toEqual([]);
    expect(group.metadata).toEqual({ name: 'shop', namespace: 'store' });
    expect(group.spec).toEqual({
      ordering: 'Tarjan',
      requirements: 'Majority',
      unknownLinks: 'Pass',
      workloads: [
        {
          name: 'Web.1',
          workloadRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web-set' },
          dependencies: [{ name: 'db', weight: 1, minBandwidth: '100Mi', maxNetworkCost: 30 }],
        },
        { name: 'db', workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'db' }, dependencies: [] },
      ],
    });
  });

  it('tells what cannot be carried over', () => {
    const dependencies = ['web', 'db', 'db'].map((selector) => ({
      workload: reference(selector),
      maxNetworkCost: 5000,
      minBandwidth: 0,
    }));
    const { group, notes } = convert(
      groupOf(
        [
          { workload: reference('web', { namespace: 'other' }), dependencies },
          { workload: reference('db'), dependencies: null },
        ],
        { topologySortingAlgorithm: 'BestSort' },
      ),
    );
    expect(group.spec).toMatchObject({
      ordering: 'Traffic',
      workloads: [{ dependencies: [{ name: 'db', weight: 2 }] }, { dependencies: [] }],
    });
    expect(notes).toEqual([
      'web is of namespace other: here its pods must be in that of the group, store',
      'web depends on itself: left out',
      'web -> db: maxNetworkCost 5000 limits nothing: no cost is above 100',
      'web depends on db several times: weight 2, with the limits of the first',
      'no order is called "BestSort": ordering is Traffic',
    ]);
  });

  it.each<[what: string, workloads: object[], message: string]>([
    [
      'an unknown dependency',
      [{ workload: reference('web'), dependencies: [{ workload: reference('cart') }] }],
      'spec.workloads[0].dependencies[0].workload.selector: no workload of the group has this selector, found "cart"',
    ],
    [
      'a selector that is there twice',
      [{ workload: reference('web') }, { workload: reference('web', { name: 'web-2' }) }],
      'spec.workloads[1].workload.selector: another workload has the same selector, found "web"',
    ],
    [
      'a negative cost',
      [
        {
          workload: reference('web'),
          dependencies: [{ workload: reference('db'), maxNetworkCost: -1 }],
        },
        { workload: reference('db') },
      ],
      'spec.workloads[0].dependencies[0].maxNetworkCost: too small: expected number to be >=0, found -1',
    ],
    [
      'no selector',
      [{ workload: { kind: 'Deployment', name: 'web' } }],
      'spec.workloads[0].workload.selector: missing, wanted string',
    ],
    ['no workloads', [], 'spec.workloads: too small: expected array to have >=1 items, found []'],
  ])('%s is refused', (_what, workloads, message) => {
    expect(() => parseInput(diktyoAppGroup, groupOf(workloads), 'AppGroup shop')).toThrow(`AppGroup shop: ${message}`);
  });
});

describe("a NetworkTopology of scheduler-plugins'", () => {
  const topology = diktyoNetworkTopology.parse(TOPOLOGY);
  const named = (name: string, namespace = 'default') => ({ ...topology, metadata: { name, namespace } });

  it('has the costs of the weights that are named', () => {
    expect(chooseTable([topology], {})).toEqual({
      topology,
      table: [
        { topologyKey: 'zone', origin: 'west-a', destination: 'west-b', networkCost: 10 },
        { topologyKey: 'zone', origin: 'east-a', destination: 'west-a', networkCost: 3 },
        { topologyKey: 'zone', origin: 'east-a', destination: 'east-b', networkCost: 5 },
        { topologyKey: 'zone', origin: 'east-b', destination: 'east-a', networkCost: 7 },
        { topologyKey: 'region', origin: 'west', destination: 'east', networkCost: 30 },
        { topologyKey: 'region', origin: 'east', destination: 'west', networkCost: 20 },
      ],
    });
    expect(chooseTable([topology], { weightsName: 'Other' })).toEqual({ table: [], topology });
    expect(chooseTable([], {})).toEqual({});
  });

  it.each([
    ['of several the one of the default name', [named('a'), named('nt-default')], {}, true],
    ['the only one, whatever its name', [named('a')], {}, true],
    ['the one that is named', [named('a'), named('b')], { networkTopology: 'b' }, true],
    ['or named with its namespace', [named('a', 'x'), named('a', 'y')], { networkTopology: 'y/a' }, true],
    [
      'none of several',
      [named('b'), named('a')],
      {},
      'several NetworkTopologies (default/a, default/b): choose with --network-topology',
    ],
    [
      'none of one name in several namespaces',
      [named('a', 'x'), named('a', 'y')],
      { networkTopology: 'a' },
      'several NetworkTopologies (x/a, y/a): choose with --network-topology',
    ],
    ['none of another name', [named('a')], { networkTopology: 'c' }, 'no NetworkTopology "c"; there are default/a'],
    [
      'none without these weights',
      [named('a')],
      { weightsName: 'userDefined' },
      'NetworkTopology default/a: no weights "userDefined"; there are UserDefined, Other: choose with --weights-name',
    ],
  ])('is chosen: %s', (_what, topologies, choice, want) => {
    const { table, problem } = chooseTable(topologies, choice);
    expect({ chosen: table !== undefined, problem }).toEqual(
      want === true ? { chosen: true, problem: undefined } : { chosen: false, problem: want },
    );
  });

  it('gives static costs: at most 100, each pair once, and none within a zone or region', () => {
    const costs = [
      { topologyKey: 'zone' as const, origin: 'a', destination: 'b', networkCost: 300 },
      { topologyKey: 'zone' as const, origin: 'a', destination: 'a', networkCost: 1 },
      { topologyKey: 'region' as const, origin: 'r', destination: 's', networkCost: 1 },
      { topologyKey: 'region' as const, origin: 'r', destination: 's', networkCost: 2 },
    ];
    expect(staticCostsOf(costs)).toEqual([
      { topologyKey: 'zone', origin: 'a', destination: 'b', networkCost: 100 },
      { topologyKey: 'region', origin: 'r', destination: 's', networkCost: 2 },
    ]);
  });

  const specOf = (list: object) => ({
    metadata: { name: 'nt' },
    spec: { weights: [{ name: 'w', topologyList: [list] }] },
  });
  const origins = (costList: object[]) => ({ topologyKey: ZONE_LABEL, originList: [{ origin: 'a', costList }] });

  it.each<[what: string, list: object, message: string]>([
    ['a missing originList', { topologyKey: REGION_LABEL }, 'originList: missing, wanted array'],
    [
      'a negative cost',
      origins([{ destination: 'b', networkCost: -5 }]),
      'originList[0].costList[0].networkCost: too small: expected number to be >=0, found -5',
    ],
    [
      'a missing cost',
      origins([{ destination: 'b' }]),
      'originList[0].costList[0].networkCost: missing, wanted number',
    ],
  ])('%s is refused', (_what, list, message) => {
    expect(() => parseInput(diktyoNetworkTopology, specOf(list), 'nt.yaml')).toThrow(
      `nt.yaml: spec.weights[0].topologyList[0].${message}`,
    );
  });

  it('may have an origin without costs', () => {
    expect(
      diktyoNetworkTopology.safeParse(specOf({ topologyKey: ZONE_LABEL, originList: [{ origin: 'a' }] })).success,
    ).toBe(true);
  });
});
