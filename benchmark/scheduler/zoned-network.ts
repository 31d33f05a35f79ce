import { createRandom } from '#core/random.ts';

const REGIONS = 4;
const ZONES_PER_REGION = 5;
const SAME_ZONE_RTT_MICROSECONDS = 250;

export interface Zone {
  name: string;
  region: string;
}

/** Round-trip times between zones, as far apart as zones and regions of a public cloud are. */
export interface ZonedNetwork {
  zones: readonly Zone[];
  /** Symmetric; between two regions the same whatever the zones, because NetworkOverhead has one cost for them all. */
  rttMicroseconds(origin: Zone, destination: Zone): number;
  maxRttMicroseconds: number;
}

export function makeZonedNetwork(seed: number): ZonedNetwork {
  const random = createRandom(seed);
  const zones = Array.from({ length: REGIONS * ZONES_PER_REGION }, (_, index) => {
    const region = `region-${Math.floor(index / ZONES_PER_REGION) + 1}`;
    return { name: `${region}-${'abcde'[index % ZONES_PER_REGION]}`, region };
  });
  const rtts = new Map<string, number>();
  for (const origin of zones) {
    for (const destination of zones) {
      const key = pairKey(origin, destination);
      if (!rtts.has(key)) rtts.set(key, drawRtt(origin, destination, random));
    }
  }
  return {
    zones,
    rttMicroseconds: (origin, destination) => rtts.get(pairKey(origin, destination)) ?? Number.NaN,
    maxRttMicroseconds: Math.max(...rtts.values()),
  };
}

function drawRtt(origin: Zone, destination: Zone, random: () => number): number {
  if (origin === destination) return SAME_ZONE_RTT_MICROSECONDS;
  const [low, high] = origin.region === destination.region ? [800, 3000] : [15_000, 80_000];
  return Math.round(low + random() * (high - low));
}

function pairKey(a: Zone, b: Zone): string {
  const ends = a.region === b.region ? [a.name, b.name] : [a.region, b.region];
  return ends.toSorted().join(' ');
}
