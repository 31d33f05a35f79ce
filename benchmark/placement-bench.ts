import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseInput } from '#core/validation.ts';
import { makeCommand, thisMachine } from './machine.ts';
import { writtenBy } from './page.ts';
import { readPlanetLab } from './placement/planetlab.ts';
import { measureQuality } from './placement/quality.ts';
import { describeResult } from './placement/report.ts';
import type { PlacementResult } from './placement/result.ts';
import { measureSpeed } from './placement/speed.ts';

// How good placements are, beside the optimum and others', and how long a plan takes.

const TARGET = 'bench-placement';
const RESULT = 'results/placement-bench.json';
const PAGE = 'docs/benchmarks.md';

const options = z.object({
  seed: z.coerce.number().int().min(0).default(1),
  cases: z.coerce.number().int().min(1).max(10_000).default(40),
  runs: z.coerce.number().int().min(1).max(1000).default(20),
  planetlab: z.string().min(1).optional(),
  'write-docs': z.boolean().default(false),
});

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    cases: { type: 'string' },
    runs: { type: 'string' },
    planetlab: { type: 'string' },
    'write-docs': { type: 'boolean' },
  },
});
const {
  seed,
  cases,
  runs,
  planetlab,
  'write-docs': writesDocs,
} = parseInput(options, values, 'placement-bench options');
const planetLab = planetlab === undefined ? undefined : readPlanetLab(planetlab);
const startedAt = new Date();
const tell = (line: string) => {
  process.stderr.write(`${((Date.now() - startedAt.getTime()) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
};
if (planetLab === undefined) tell('without PlanetLab: no --planetlab');
const result: PlacementResult = {
  startedAt: startedAt.toISOString(),
  command: makeCommand(TARGET),
  machine: thisMachine(),
  settings: { seed, cases, runs, planetLab: planetLab !== undefined },
  speed: measureSpeed({ seed, runs }, tell),
  cases: measureQuality({ seed, cases, planetLab }, tell),
};
mkdirSync('results', { recursive: true });
writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`);
const text = describeResult(result);
process.stdout.write(`${text}\n`);
if (writesDocs) writeFileSync(PAGE, writtenBy(`make ${TARGET}`, readFileSync(PAGE, 'utf8'), text));
