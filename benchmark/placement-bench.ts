import { z } from 'zod';
import { runBench } from './bench.ts';
import { missingPlanetLab, readPlanetLab } from './placement/planetlab.ts';
import { measureQuality } from './placement/quality.ts';
import { describeResult } from './placement/report.ts';
import { measureSpeed } from './placement/speed.ts';

// How good placements are, beside the optimum and others', and how long a plan takes.

const options = z.object({
  seed: z.coerce.number().int().min(0).default(1),
  cases: z.coerce.number().int().min(1).max(10_000).default(40),
  runs: z.coerce.number().int().min(1).max(1000).default(20),
  planetlab: z.string().min(1).optional(),
});

await runBench({
  subject: 'placement',
  options,
  short: { cases: 5, runs: 3 },
  missingForPage: missingPlanetLab,
  run: ({ seed, cases, runs, planetlab }, { head, tell }) => {
    const planetLab = planetlab === undefined ? undefined : readPlanetLab(planetlab);
    return {
      ...head,
      settings: { seed, cases, runs, planetLab: planetLab !== undefined },
      speed: measureSpeed({ seed, runs }, tell),
      cases: measureQuality({ seed, cases, planetLab }, tell),
    };
  },
  describe: describeResult,
});
