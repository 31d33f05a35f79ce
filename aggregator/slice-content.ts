import type { ClusterNode } from '#aggregator/cluster-node.ts';
import { moved } from '#aggregator/moved.ts';
import { NETWORK_TOPOLOGY_SLICE } from '#core/api/custom-resources.ts';
import { API_VERSION } from '#core/api/names.ts';
import type { ProbeSettings } from '#core/api/network-topology.ts';
import type { MeasuredLink, NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { freshSeconds } from '#core/topology/measured-links.ts';

/** As many as the resource's schema allows. */
const LINKS_LIMIT = 2000;

/** The slice of a node, owned by its Node. Of too many links the newest are taken. `links` are sorted by destination. */
export function sliceOf(node: ClusterNode, links: readonly MeasuredLink[]): NetworkTopologySlice {
  const { name, uid, zone, region } = node;
  const owner = { apiVersion: 'v1', kind: 'Node', name, uid };
  return {
    apiVersion: API_VERSION,
    kind: NETWORK_TOPOLOGY_SLICE.kind as 'NetworkTopologySlice',
    metadata: { name, ...(uid === undefined ? {} : { ownerReferences: [owner] }) },
    origin: name,
    ...(zone === undefined ? {} : { zone }),
    ...(region === undefined ? {} : { region }),
    links: newest(links),
  };
}

/**
 * True where consumers have to hear of the change: links came or went, a metric moved, a bandwidth is new, the node
 * moved, or an unchanged RTT would lose half of its freshness. Jitter alone is noise, and goes along with the rest.
 */
export function differsMaterially(
  published: NetworkTopologySlice | undefined,
  current: NetworkTopologySlice,
  probe: ProbeSettings,
): boolean {
  if (published === undefined) return current.links.length > 0;
  if (published.zone !== current.zone || published.region !== current.region) return true;
  if (ownerUid(published) !== ownerUid(current) || published.links.length !== current.links.length) return true;
  return current.links.some((link, index) => linkDiffers(published.links[index] as MeasuredLink, link, probe));
}

/** The same of one link. */
export function linkDiffers(before: MeasuredLink, after: MeasuredLink, probe: ProbeSettings): boolean {
  const refreshMs = (freshSeconds(probe).rtt * 1000) / 2;
  return (
    before.destination !== after.destination ||
    before.bandwidthMeasuredAt !== after.bandwidthMeasuredAt ||
    moved('rttMicroseconds', before.rttMicroseconds, after.rttMicroseconds) ||
    moved('lossPartsPerMillion', before.lossPartsPerMillion, after.lossPartsPerMillion) ||
    moved('bandwidthBitsPerSecond', before.bandwidthBitsPerSecond, after.bandwidthBitsPerSecond) ||
    // Either way: the clock may have been set back.
    Math.abs(timeOf(after.rttMeasuredAt) - timeOf(before.rttMeasuredAt)) > refreshMs
  );
}

function timeOf(timestamp: string | undefined): number {
  return timestamp === undefined ? 0 : Date.parse(timestamp);
}

function ownerUid({ metadata }: NetworkTopologySlice): unknown {
  const owners = metadata.ownerReferences as { uid?: unknown }[] | undefined;
  return owners?.[0]?.uid;
}

function newest(links: readonly MeasuredLink[]): MeasuredLink[] {
  if (links.length <= LINKS_LIMIT) return [...links];
  const byTime = links.toSorted((a, b) => timeOf(b.rttMeasuredAt) - timeOf(a.rttMeasuredAt));
  const taken = new Set(byTime.slice(0, LINKS_LIMIT));
  return links.filter((link) => taken.has(link));
}
