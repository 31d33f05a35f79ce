import {
  DIKTYO_APP_GROUP_API,
  DIKTYO_GROUP_LABEL,
  DIKTYO_SELECTOR_LABEL,
  DIKTYO_TOPOLOGY_API,
} from '#core/api/diktyo.ts';
import { type Node, type Pod, REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { makeNode, makePod } from '#test/builders.ts';

// A cluster of two regions, each with two zones of two nodes, and one node that has no labels; as scheduler-plugins sees it. What
// NetworkOverhead makes of it was reckoned by hand from its rules; test/cluster/network-overhead.test.ts asks itself.

export const NODES: Node[] = [
  ...['east-a', 'east-b', 'west-a', 'west-b'].flatMap((zone) =>
    [1, 2].map((number) => makeNode(`${zone}-${number}`, { zone, region: zone.slice(0, 4) })),
  ),
  makeNode('bare'),
];

function origin(name: string, costs: Record<string, number>): object {
  const costList = Object.entries(costs).map(([destination, networkCost]) => ({
    destination,
    networkCost,
    bandwidthCapacity: '1Gi',
  }));
  return { origin: name, costList };
}

/** East to west is cheaper than back; from west-b to west-a there is no cost; one between zones of two regions is not read. */
export const TOPOLOGY = {
  apiVersion: DIKTYO_TOPOLOGY_API,
  kind: 'NetworkTopology',
  metadata: { name: 'nt-default', namespace: 'default' },
  spec: {
    configmapName: 'netperf',
    weights: [
      {
        name: 'UserDefined',
        topologyList: [
          {
            topologyKey: ZONE_LABEL,
            originList: [
              origin('west-a', { 'west-b': 10 }),
              origin('east-a', { 'west-a': 3, 'east-b': 5 }),
              origin('east-b', { 'east-a': 7 }),
            ],
          },
          { topologyKey: REGION_LABEL, originList: [origin('west', { east: 30 }), origin('east', { west: 20 })] },
        ],
      },
      { name: 'Other', topologyList: [] },
    ],
  },
};

function reference(selector: string): object {
  return { kind: 'Deployment', apiVersion: 'apps/v1', namespace: 'default', name: `${selector}-deployment`, selector };
}

function calls(selector: string, ...called: string[]): object {
  const dependencies = called.map((callee) => ({ workload: reference(callee), maxNetworkCost: 100 }));
  return { workload: reference(selector), ...(dependencies.length === 0 ? {} : { dependencies }) };
}

export const APP_GROUP = {
  apiVersion: DIKTYO_APP_GROUP_API,
  kind: 'AppGroup',
  metadata: { name: 'shop', namespace: 'default' },
  spec: {
    numMembers: 5,
    topologySortingAlgorithm: 'KahnSort',
    workloads: [calls('web', 'cart', 'db'), calls('cart', 'db'), calls('db'), calls('ads', 'logs'), calls('logs')],
  },
};

/** A pod with the labels of scheduler-plugins. */
export function makeTheirPod(name: string, selector: string, node?: string): Pod {
  const made = makePod(name, { ...(node === undefined ? {} : { node }) });
  const labels = { [DIKTYO_GROUP_LABEL]: 'shop', [DIKTYO_SELECTOR_LABEL]: selector };
  return { ...made, metadata: { ...made.metadata, labels } };
}

export const PLACED: Pod[] = [
  makeTheirPod('db-1', 'db', 'east-a-1'),
  makeTheirPod('db-2', 'db', 'east-b-1'),
  makeTheirPod('cart-1', 'cart', 'west-a-1'),
  makeTheirPod('logs-1', 'logs', 'bare'),
];

/** For a pod of the workload the cost and the score of each node, in the order of `NODES`. */
export const WANT: Record<string, { costs: number[]; scores: number[] }> = {
  // cart is on west-a-1: 20 from the east, 100 from west-b. The replicas of db are on east-a-1 and east-b-1: 30 each from the west.
  web: { costs: [25, 26, 27, 28, 60, 61, 160, 160, 300], scores: [100, 100, 100, 99, 88, 87, 51, 51, 0] },
  cart: { costs: [5, 6, 7, 8, 60, 60, 60, 60, 200], scores: [100, 100, 99, 99, 72, 72, 72, 72, 0] },
  // Nothing is known of a node without labels, but on itself.
  ads: { costs: [100, 100, 100, 100, 100, 100, 100, 100, 0], scores: [0, 0, 0, 0, 0, 0, 0, 0, 100] },
  // It calls nothing: nothing is scored.
  db: { costs: [0, 0, 0, 0, 0, 0, 0, 0, 0], scores: [0, 0, 0, 0, 0, 0, 0, 0, 0] },
};
