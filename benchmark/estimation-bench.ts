import { z } from 'zod';
import { runBench } from './bench.ts';
import { measureAccuracy } from './estimation/accuracy.ts';
import { planetLabNetworks, withNearbyZones, zonedNetwork } from './estimation/networks.ts';
import { describeResult } from './estimation/report.ts';
import { measureSpeed } from './estimation/speed.ts';
import { measureStability } from './estimation/stability.ts';
import { missingPlanetLab } from './placement/planetlab.ts';

// How far estimates of links that were not probed are off, beside Serf's coordinates and the medians of zone pairs; how long
// coordinates take to solve, and how much they move.

const PROBES = [8, 16, 32];
const SPEED_PROBES = 32;
const STABILITY_PROBES = 16;
const JITTERS = [0.02, 0.1];

const options = z.object({
  seeds: z.coerce.number().int().min(1).max(100).default(3),
  nodes: z.coerce.number().int().min(100).max(20_000).default(5000),
  planetlab: z.string().min(1).optional(),
});

await runBench({
  subject: 'estimation',
  options,
  short: { seeds: 1, nodes: 1000 },
  missingForPage: missingPlanetLab,
  run: ({ seeds: seedCount, nodes: mostNodes, planetlab }, { head, tell }) => {
    const seeds = Array.from({ length: seedCount }, (_, index) => index + 1);
    const planetLab = planetlab === undefined ? [] : planetLabNetworks(planetlab);
    const networks = (seed: number) => [
      ...planetLab,
      ...planetLab.slice(0, 1).map(withNearbyZones),
      zonedNetwork({ nodes: 200, zones: 4, seed }),
      zonedNetwork({ nodes: 500, zones: 20, seed }),
    ];
    // Every method in turn on each draw, so that all have the same links.
    const accuracy = seeds.flatMap((seed) =>
      networks(seed).flatMap((network) =>
        PROBES.flatMap((probes) => {
          tell(`${network.name}: ${probes} probes, seed ${seed}`);
          return measureAccuracy(network, probes, seed);
        }),
      ),
    );
    const speed = [...new Set([1000, mostNodes])].flatMap((nodes) => {
      tell(`${nodes} nodes: time`);
      return measureSpeed(nodes, SPEED_PROBES, 1);
    });
    const quiet = [...planetLab.slice(0, 1), zonedNetwork({ nodes: 200, zones: 4, seed: 1 })];
    const stability = quiet.flatMap((network) =>
      JITTERS.map((jitter) => {
        tell(`${network.name}: jitter of ${100 * jitter} %`);
        return measureStability(network, STABILITY_PROBES, jitter, 1);
      }),
    );
    return { ...head, settings: { seeds, planetLab: planetLab.length > 0 }, accuracy, speed, stability };
  },
  describe: describeResult,
});
