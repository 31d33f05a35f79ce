import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseInput } from '#core/validation.ts';
import { type Machine, machine, makeCommand, thisMachine } from './machine.ts';
import { writtenBy } from './page.ts';

const DOCS = 'docs';
const PAGE = join(DOCS, 'benchmarks.md');

/** What every result begins with. */
export const resultHead = z.object({ startedAt: z.iso.datetime(), command: z.string(), machine });

/** How a benchmark is run: `make bench-SUBJECT` writes results/SUBJECT-bench.json and a block of docs/benchmarks.md. */
export interface Bench<Options extends z.ZodObject, Result> {
  subject: string;
  /** Each is given as --name VALUE. */
  options: Options;
  /** What --short sets of the options that are not given. */
  short: Partial<z.input<Options>>;
  /** What the figures of the page need and was not given, as words; the page stays as it is then. */
  missingForPage?(settings: z.output<Options>): string | undefined;
  run(settings: z.output<Options>, context: BenchContext): Result | Promise<Result>;
  /** The result as Markdown. */
  describe(result: Result): string;
  /** Pictures for the page, by file name. */
  pictures?(result: Result): Record<string, string>;
}

export interface BenchContext {
  head: { startedAt: string; command: string; machine: Machine };
  /** Says how far it is, on stderr. */
  tell(line: string): void;
}

/** Throws AppError INVALID_INPUT where an option is wrong. Writes the docs only with --write-docs. */
export async function runBench<Options extends z.ZodObject, Result>(bench: Bench<Options, Result>): Promise<void> {
  const { short, 'write-docs': writesDocs, ...given } = readArguments(bench.options);
  const texts = short ? { ...bench.short, ...given } : given;
  const settings = parseInput(bench.options, texts, `${bench.subject}-bench options`);
  // Ending by `exit` takes the programs and files of the benchmark with it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const target = `bench-${bench.subject}`;
  const startedAt = new Date();
  const head = { startedAt: startedAt.toISOString(), command: makeCommand(target), machine: thisMachine() };
  const tell = (line: string) => {
    process.stderr.write(`${((Date.now() - startedAt.getTime()) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
  };
  const missing = bench.missingForPage?.(settings);
  if (missing !== undefined) tell(missing);
  const result = await bench.run(settings, { head, tell });
  mkdirSync('results', { recursive: true });
  writeFileSync(`results/${bench.subject}-bench.json`, `${JSON.stringify(result, null, 2)}\n`);
  const text = bench.describe(result);
  process.stdout.write(`${text}\n`);
  if (!writesDocs) return;
  if (missing !== undefined) return tell(`${PAGE} stays as it is: ${missing}`);
  writeFileSync(PAGE, writtenBy(`make ${target}`, readFileSync(PAGE, 'utf8'), text));
  for (const [name, picture] of Object.entries(bench.pictures?.(result) ?? {}))
    writeFileSync(join(DOCS, name), picture);
}

function readArguments(options: z.ZodObject): Record<string, unknown> {
  const own = Object.keys(options.shape).map((name) => [name, { type: 'string' }] as const);
  const { values } = parseArgs({
    options: { ...Object.fromEntries(own), short: { type: 'boolean' }, 'write-docs': { type: 'boolean' } },
  });
  return values;
}
