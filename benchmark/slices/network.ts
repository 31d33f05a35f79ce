import type { ClusterNode } from '#aggregator/cluster/cluster-node.ts';
import { gaussian } from '#benchmark/gaussian.ts';
import { makeZonedNetwork, type Zone } from '#benchmark/scheduler/zoned-network.ts';
import type { RttMeasurement } from '#core/api/agent.ts';
import { createRandom } from '#core/random.ts';

/** A network whose links keep their level while single probes scatter round it, as they do between machines of one cloud. */
export interface NoisyNetwork {
  nodes: ClusterNode[];
  /** What a probe of the link says. `factor` lifts its level. */
  probe(origin: string, destination: string, measuredAtMs: number, factor: number): RttMeasurement;
  zoneOf(node: string): string;
}

/**
 * How far the mean of a probe's pings is off the level of its link, as a share of it: 2.5 % for half of the links, 9 % for one in
 * twenty, as measured within regions of public clouds; a log-normal distribution goes through both.
 */
const TYPICAL_ERROR = 0.025;
const SPREAD = Math.log(0.09 / TYPICAL_ERROR) / 1.645;
/** One probe in a hundred is far off, and one ping in ten thousand is lost. */
const SPIKE_SHARE = 0.01;
const SPIKE_FACTOR = 2;
const LOSS = 1e-4;
const PINGS = 7;
/** Pings that count for RTT: the first does not. */
const TIMED_PINGS = PINGS - 1;

export function makeNoisyNetwork(nodeCount: number, seed: number): NoisyNetwork {
  const network = makeZonedNetwork(seed);
  const random = createRandom(seed);
  const zones = new Map<string, Zone>();
  const nodes = Array.from({ length: nodeCount }, (_, index): ClusterNode => {
    const zone = network.zones[index % network.zones.length] as Zone;
    const name = `node-${String(index).padStart(4, '0')}.internal`;
    zones.set(name, zone);
    const uid = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    return {
      name,
      uid,
      zone: zone.name,
      region: zone.region,
      address: `10.0.0.${index}`,
      ready: true,
      draining: false,
    };
  });
  const errors = new Map<string, number>();
  const errorOf = (link: string) => {
    const known = errors.get(link) ?? TYPICAL_ERROR * Math.exp(SPREAD * gaussian(random));
    errors.set(link, known);
    return known;
  };
  return {
    nodes,
    zoneOf: (node) => (zones.get(node) as Zone).name,
    probe: (origin, destination, measuredAtMs, factor) => {
      const level = factor * network.rttMicroseconds(zones.get(origin) as Zone, zones.get(destination) as Zone);
      const error = errorOf(`${origin} ${destination}`);
      const spike = random() < SPIKE_SHARE ? 1 + random() * (SPIKE_FACTOR - 1) : 1;
      const rtt = level * Math.max(0.5, 1 + error * gaussian(random)) * spike;
      const lost = Array.from({ length: PINGS }, () => random() < LOSS).filter(Boolean).length;
      return {
        kind: 'rtt',
        destination,
        measuredAt: new Date(measuredAtMs).toISOString(),
        transmitted: PINGS,
        received: PINGS - lost,
        rttMicroseconds: Math.round(rtt),
        // The mean of six scatters less than the six.
        jitterMicroseconds: Math.round(level * error * Math.sqrt(TIMED_PINGS)),
      };
    },
  };
}
