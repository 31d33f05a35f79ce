import type { ClusterNode } from '#aggregator/cluster/cluster-node.ts';

/** For tests: n0, n1, … with addresses 10.0.x.y, all Ready, in as many zones as told (none for 0). */
export function makeClusterNodes(count: number, zones = 0): ClusterNode[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `n${index}`,
    uid: `uid-${index}`,
    zone: zones === 0 ? undefined : `zone-${index % zones}`,
    region: undefined,
    address: `10.0.${Math.floor(index / 256)}.${index % 256}`,
    ready: true,
    draining: false,
  })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export const NODE_IN_EAST: ClusterNode = {
  name: 'a',
  uid: 'uid-a',
  zone: 'east',
  region: 'eu',
  address: '10.0.0.1',
  ready: true,
  draining: false,
};
