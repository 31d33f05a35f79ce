import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseInput } from '#core/validation.ts';
import { measureAccuracy } from './estimation/accuracy.ts';
import { planetLabNetworks, zonedNetwork } from './estimation/networks.ts';
import { describeResult } from './estimation/report.ts';
import type { EstimationResult } from './estimation/result.ts';
import { measureSpeed } from './estimation/speed.ts';
import { measureStability } from './estimation/stability.ts';
import { makeCommand, thisMachine } from './machine.ts';
import { writtenBy } from './page.ts';

// How far estimates of links that were not probed are off, beside Serf's coordinates and the medians of zone pairs; how long
// coordinates take to solve, and how much they move.

const TARGET = 'bench-estimation';
const RESULT = 'results/estimation-bench.json';
const PAGE = 'docs/benchmarks.md';
const PROBES = [8, 16, 32];
const JITTERS = [0.02, 0.1];
const SPEED = { nodes: [1000, 5000], probes: 32 };

const options = z.object({
  seeds: z.coerce.number().int().min(1).max(100).default(3),
  planetlab: z.string().min(1).optional(),
  'write-docs': z.boolean().default(false),
});

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, planetlab: { type: 'string' }, 'write-docs': { type: 'boolean' } },
});
const {
  seeds: seedCount,
  planetlab,
  'write-docs': writesDocs,
} = parseInput(options, values, 'estimation-bench options');
const seeds = Array.from({ length: seedCount }, (_, index) => index + 1);
const planetLab = planetlab === undefined ? [] : planetLabNetworks(planetlab);
const startedAt = new Date();
const tell = (line: string) => {
  process.stderr.write(`${((Date.now() - startedAt.getTime()) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
};
if (planetlab === undefined) tell('without PlanetLab: no --planetlab');

const zoned = (seed: number) => [
  zonedNetwork({ nodes: 200, zones: 4, seed }),
  zonedNetwork({ nodes: 500, zones: 20, seed }),
];
// Every method in turn on each draw, so that none has a quieter machine or other links.
const accuracy = seeds.flatMap((seed) =>
  [...planetLab, ...zoned(seed)].flatMap((network) =>
    PROBES.flatMap((probes) => {
      tell(`${network.name}: ${probes} probes, seed ${seed}`);
      return measureAccuracy(network, probes, seed);
    }),
  ),
);
const speed = SPEED.nodes.flatMap((nodes) => {
  tell(`${nodes} nodes: time`);
  return measureSpeed(nodes, SPEED.probes, 1);
});
const stability = [...planetLab.slice(0, 1), ...zoned(1)].flatMap((network) =>
  JITTERS.map((jitter) => {
    tell(`${network.name}: jitter of ${100 * jitter} %`);
    return measureStability(network, 16, jitter, 1);
  }),
);
const result: EstimationResult = {
  startedAt: startedAt.toISOString(),
  command: makeCommand(TARGET),
  machine: thisMachine(),
  settings: { seeds, planetLab: planetLab.length > 0 },
  accuracy,
  speed,
  stability,
};
mkdirSync('results', { recursive: true });
writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`);
const text = describeResult(result);
process.stdout.write(`${text}\n`);
if (writesDocs) writeFileSync(PAGE, writtenBy(`make ${TARGET}`, readFileSync(PAGE, 'utf8'), text));
