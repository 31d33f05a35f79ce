import { gaussian } from '#benchmark/gaussian.ts';
import { makeZonedNetwork, type Zone } from '#benchmark/scheduler/zoned-network.ts';
import type { RttMeasurement } from '#core/api/agent.ts';
import { createRandom } from '#core/random.ts';

/** Links of two nodes of the same two zones differ by up to this share. */
const LINK_SPREAD = 0.1;
/** The median of six pings is off by 2.5 % on recorded networks within a region; its logarithm is normal. */
const SIGMA = 0.025;
const OUTLIER_SHARE = 0.005;
const LOSSY_LINKS = 0.05;
const LOSS_OF_LOSSY = 0.01;
const PINGS = 7;

export interface RecordedLinks {
  zoneOf(node: number): Zone;
  /** One probe; `measuredAtMs` is Unix time. */
  probe(origin: number, destination: number, names: readonly string[], measuredAtMs: number): RttMeasurement;
  /** The share of links that change their level before each probe. */
  stepShare: number;
}

/** Links as recorded ones behave: a level by zones, noise with a long tail, losses on some, now and then another level. */
export function recordedLinks(nodes: number, seed: number): RecordedLinks {
  const network = makeZonedNetwork(seed);
  const random = createRandom(seed + 1);
  const zoneOf = (node: number) => network.zones[node % network.zones.length] as Zone;
  /** By origin · nodes + destination: the share of the zones' RTT that the link has now. */
  const levels = new Map<number, number>();

  function levelOf(link: number, stepShare: number): number {
    const known = levels.get(link);
    if (known !== undefined && random() >= stepShare) return known;
    const base = 1 - LINK_SPREAD + 2 * LINK_SPREAD * random();
    const level = known === undefined ? base : known > 1.5 ? base : 2 * base;
    levels.set(link, level);
    return level;
  }

  const model: RecordedLinks = {
    zoneOf,
    stepShare: 0,
    probe(origin, destination, names, measuredAtMs) {
      const link = origin * nodes + destination;
      const level = network.rttMicroseconds(zoneOf(origin), zoneOf(destination)) * levelOf(link, model.stepShare);
      const outlier = random() < OUTLIER_SHARE ? 2 + 8 * random() : 1;
      const rtt = level * Math.exp(SIGMA * gaussian(random)) * outlier;
      const isLossy = (link * 2_654_435_761) % 1000 < LOSSY_LINKS * 1000;
      const received = isLossy && random() < LOSS_OF_LOSSY * PINGS ? PINGS - 1 : PINGS;
      return {
        kind: 'rtt',
        destination: names[destination] as string,
        measuredAt: new Date(measuredAtMs).toISOString(),
        transmitted: PINGS,
        received,
        rttMicroseconds: Math.round(rtt),
        jitterMicroseconds: Math.round(rtt * SIGMA * (0.5 + random())),
      };
    },
  };
  return model;
}
