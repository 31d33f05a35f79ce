import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { describeResult } from '#benchmark/demo/describe-result.ts';
import { PRESET_NAMES, presetNamed } from '#benchmark/presets/presets.ts';
import { DEFAULT_LAB } from '#cli/default-lab.ts';
import { progress } from '#cli/progress.ts';

interface Options {
  json: boolean;
  lab: string;
  app: string;
  seed: number;
  keep: boolean;
  result?: string;
}

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('build a shaped network, measure it, and place an application by it: with netaware and without')
    .option('--json', 'print one JSON document', false)
    .option('--lab <file>', 'zones, hosts and links', DEFAULT_LAB)
    .option('--app <preset>', `the application: ${PRESET_NAMES.join(', ')}`, 'online-boutique')
    .option('--seed <number>', 'decides arrival times, and ties of the scheduler', parseSeed, 1)
    .option('--keep', 'leave the lab up at the end, for a look around', false)
    .option('--result <file>', 'where to leave the result as JSON (default: results/demo-SEED.json)')
    .action(async ({ json, lab, app, seed, keep, result: file = `results/demo-${seed}.json` }: Options) => {
      const [{ runDemo }, { withLab }, { loadLabFile }] = await Promise.all([
        import('#benchmark/demo/run-demo.ts'),
        import('#cli/lab-lifetime.ts'),
        import('#lab/lab-file.ts'),
      ]);
      const graph = presetNamed(app);
      const plan = loadLabFile(lab);
      const result = await withLab({ keep }, (state, signal) =>
        runDemo({ state, plan, graph, seed, detached: keep, progress, signal }),
      );
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
      process.stdout.write(`${json ? JSON.stringify(result) : describeResult(result)}\n`);
      progress(`result: ${file}`);
    });
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed <= 1_000_000) return seed;
  throw new InvalidArgumentError('wanted a whole number from 0 to 1000000');
}
