import type { ClusterNode } from '#aggregator/cluster/cluster-node.ts';
import { bytesForLinks, fitsSlice, storedLinkBytes } from '#aggregator/publishing/stored-size.ts';
import { NETWORK_TOPOLOGY_SLICE } from '#core/api/custom-resources.ts';
import { API_VERSION } from '#core/api/names.ts';
import type {
  Coordinate,
  InterfaceRoom,
  MeasuredLink,
  NetworkTopologySlice,
} from '#core/api/network-topology-slice.ts';

export interface SliceExtras {
  coordinate?: Coordinate | undefined;
  /** What the interface of the node has left. */
  room?: InterfaceRoom | undefined;
  /** Unix time of the write that the slice is made for, if it is made for one. */
  writtenAtMs?: number;
}

/**
 * The slice of a node, owned by its Node. Where the object would be larger than 64 KiB, the newest links are taken. `links` are
 * sorted by destination.
 */
export function sliceOf(
  node: ClusterNode,
  links: readonly MeasuredLink[],
  { coordinate, room, writtenAtMs }: SliceExtras = {},
): NetworkTopologySlice {
  const { name, uid, zone, region } = node;
  const owner = { apiVersion: 'v1', kind: 'Node', name, uid };
  return {
    apiVersion: API_VERSION,
    kind: NETWORK_TOPOLOGY_SLICE.kind as 'NetworkTopologySlice',
    metadata: { name, ...(uid === undefined ? {} : { ownerReferences: [owner] }) },
    origin: name,
    ...(zone === undefined ? {} : { zone }),
    ...(region === undefined ? {} : { region }),
    ...(writtenAtMs === undefined ? {} : { observedAt: new Date(writtenAtMs).toISOString() }),
    ...(coordinate === undefined ? {} : { coordinate }),
    ...(room === undefined ? {} : { interface: room }),
    links: newestThatFit(name, links),
  };
}

/** The links that were measured last, as many as a slice of `node` has room for, in their order. */
export function newestThatFit(node: string, links: readonly MeasuredLink[]): MeasuredLink[] {
  if (fitsSlice(node, links)) return [...links];
  let room = bytesForLinks(node);
  const taken = new Set<MeasuredLink>();
  for (const link of links.toSorted((a, b) => lastMeasured(b) - lastMeasured(a))) {
    room -= storedLinkBytes(link);
    if (room < 0) break;
    taken.add(link);
  }
  return links.filter((link) => taken.has(link));
}

function lastMeasured({ rttMeasuredAt, bandwidthMeasuredAt }: MeasuredLink): number {
  return Math.max(...[rttMeasuredAt, bandwidthMeasuredAt].map((time) => (time === undefined ? 0 : Date.parse(time))));
}
