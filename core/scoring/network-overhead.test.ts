import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diktyoAppGroup, diktyoNetworkTopology } from '#core/api/diktyo.ts';
import { convertAppGroup } from '#core/diktyo/app-group.ts';
import { chooseTable } from '#core/diktyo/network-topology.ts';
import { filterNodes } from '#core/scoring/filter.ts';
import { scorePod } from '#core/scoring/score.ts';
import type { CostTable } from '#core/topology/cost-table.ts';
import { makeGroup, makeNode, makeSlice, makeSnapshot } from '#test/builders.ts';
import { APP_GROUP, makeTheirPod, NODES, PLACED, TOPOLOGY, WANT } from '#test/diktyo/two-regions.ts';

interface Place {
  zone?: string | undefined;
  region?: string | undefined;
}

const CONFIG = { strategy: 'minmax', dependenciesOnly: true } as const;
const NAMES = NODES.map(({ metadata }) => metadata.name);
const { table = [] } = chooseTable([diktyoNetworkTopology.parse(TOPOLOGY)], {});
const { group } = convertAppGroup(diktyoAppGroup.parse(APP_GROUP));
const state = { nodes: NODES, pods: PLACED, appGroups: [group], table, tableAlone: true };

describe('with costs of scheduler-plugins, minmax and dependencies only', () => {
  it.each(Object.entries(WANT))('a pod of %s has the costs and scores of NetworkOverhead', (workload, want) => {
    const { nodes } = scorePod(makeTheirPod('p', workload), NAMES, makeSnapshot(state), CONFIG);
    expect({
      costs: nodes.map(({ networkCost }) => networkCost),
      scores: nodes.map(({ score }) => score),
    }).toEqual(want);
  });

  it('nothing that was measured counts', () => {
    const slices = [makeSlice('east-a-2', { 'east-a-1': { rttMicroseconds: 90_000 } })];
    const { nodes } = scorePod(makeTheirPod('p', 'web'), NAMES, makeSnapshot({ ...state, slices }), CONFIG);
    expect(nodes.map(({ networkCost }) => networkCost)).toEqual(WANT.web?.costs);
  });

  const EAST = NAMES.slice(0, 4);

  it.each<[what: string, called: string, maxNetworkCost: number, placed: string[], want: string[]]>([
    // From bare no cost is known, and that breaks nothing.
    ['the cost in the table', 'db', 29, ['east-a-1', 'east-b-1'], [...EAST, 'bare']],
    ['the cost in the table, which may be just as high', 'db', 30, ['east-a-1', 'east-b-1'], NAMES],
    ['nothing within a zone', 'db', 0, ['east-a-1'], ['east-a-1', 'east-a-2', 'bare']],
    ['nothing that a node without labels keeps', 'db', 100, ['bare'], ['bare']],
    [
      'each replica, and as many as are kept may be broken',
      'db',
      0,
      ['east-a-1', 'east-a-1', 'east-b-1', 'west-a-1'],
      ['east-a-1', 'east-a-2', 'bare'],
    ],
  ])('maxNetworkCost is checked against %s', (_what, called, maxNetworkCost, placed, want) => {
    const appGroups = [makeGroup('shop', { cart: [{ name: called, weight: 1, maxNetworkCost }], [called]: [] })];
    const pods = placed.map((node, replica) => makeTheirPod(`${called}-${replica}`, called, node));
    const snapshot = makeSnapshot({ ...state, appGroups, pods });
    expect(filterNodes(makeTheirPod('p', 'cart'), NAMES, snapshot, CONFIG).passed).toEqual(want);
  });

  it('costs above 100 are summed as they are', () => {
    const high: CostTable = [{ topologyKey: 'region', origin: 'west', destination: 'east', networkCost: 250 }];
    const { nodes } = scorePod(
      makeTheirPod('p', 'cart'),
      ['west-a-1'],
      makeSnapshot({ ...state, table: high }),
      CONFIG,
    );
    expect(nodes).toMatchObject([{ networkCost: 500, score: 100 }]);
  });

  it('any cluster: as the rules, written down once more, say', () => {
    const place = fc.record({
      zone: fc.constantFrom('z1', 'z2', undefined),
      region: fc.constantFrom('r1', 'r2', undefined),
    });
    const name = (key: string) => (key === 'zone' ? fc.constantFrom('z1', 'z2') : fc.constantFrom('r1', 'r2'));
    const cost = fc.constantFrom('zone' as const, 'region' as const).chain((topologyKey) =>
      fc.record({
        topologyKey: fc.constant(topologyKey),
        origin: name(topologyKey),
        destination: name(topologyKey),
        networkCost: fc.nat(150),
      }),
    );
    fc.assert(
      fc.property(
        fc.array(place, { minLength: 1, maxLength: 6 }),
        fc.array(cost, { maxLength: 8 }),
        fc.array(fc.nat(5), { minLength: 1, maxLength: 5 }),
        (places, costs, placedOn) => {
          const nodes = places.map(({ zone, region }, index) =>
            makeNode(`n${index}`, { ...(zone ? { zone } : {}), ...(region ? { region } : {}) }),
          );
          const hosts = placedOn.map((index) => index % places.length);
          const pods = hosts.map((host, index) => makeTheirPod(`db-${index}`, 'db', `n${host}`));
          const snapshot = makeSnapshot({ ...state, nodes, pods, table: costs });
          const want = places.map((_, node) => hosts.reduce((sum, host) => sum + ruled(node, host), 0));
          const [least, most] = [Math.min(...want), Math.max(...want)];
          const scores = want.map((value) => {
            if (most === 0) return 0;
            return most === least ? 100 : 100 - Math.trunc((100 * (value - least)) / (most - least));
          });
          const { nodes: got } = scorePod(
            makeTheirPod('p', 'cart'),
            places.map((_, index) => `n${index}`),
            snapshot,
            CONFIG,
          );
          expect(got.map(({ networkCost, score }) => [networkCost, score])).toEqual(
            want.map((value, index) => [value, scores[index]]),
          );

          function ruled(node: number, host: number): number {
            if (node === host) return 0;
            const [a, b] = [places[node] as Place, places[host] as Place];
            if (!b.zone && !b.region) return 100;
            if (a.region === b.region && a.zone === b.zone) return 1;
            const key = a.region === b.region ? 'zone' : 'region';
            const found = costs.findLast(
              ({ topologyKey, origin, destination }) =>
                topologyKey === key && origin === a[key] && destination === b[key],
            );
            return found?.networkCost ?? 100;
          }
        },
      ),
    );
  });
});
