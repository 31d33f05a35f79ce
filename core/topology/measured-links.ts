import type { Node } from '#core/api/kubernetes.ts';
import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import type { ProbeSettings } from '#core/api/network-topology.ts';

/** Where a node stands, by its well-known labels. */
export interface TopologyNode {
  name: string;
  zone?: string | undefined;
  region?: string | undefined;
}

/** A reading is fresh for this many intervals, and never less than the time below: a restart must not age the network. */
const FRESH_INTERVALS = 10;
const FRESH_AT_LEAST_SECONDS = 300;
const CONFIRMED_TIMES_FRESH = 6;
/** Past this age a reading is not used at all. */
export const RETAINED_SECONDS = 24 * 3600;

export interface FreshSeconds {
  rtt: number;
  confirmed: number;
  bandwidth: number;
}

/**
 * A metric's reading speaks for its link this long, in seconds. `confirmed`: so long a slice's writer is believed to have told
 * every change, so that an RTT that was fresh when it last wrote is fresh still.
 */
export function freshSeconds(probe: ProbeSettings): FreshSeconds {
  const rtt = Math.max(FRESH_AT_LEAST_SECONDS, FRESH_INTERVALS * probe.intervalSeconds);
  return {
    rtt,
    confirmed: CONFIRMED_TIMES_FRESH * rtt,
    bandwidth: Math.max(FRESH_AT_LEAST_SECONDS, FRESH_INTERVALS * probe.bandwidth.intervalSeconds),
  };
}

export function topologyNode(node: Node): TopologyNode {
  const labels = node.metadata.labels;
  return { name: node.metadata.name, zone: labels?.[ZONE_LABEL], region: labels?.[REGION_LABEL] };
}
