import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { describeResult } from '#benchmark/demo/describe-result.ts';
import { PRESET_NAMES, presetNamed } from '#benchmark/presets/presets.ts';
import { controlPlaneOption } from '#cli/control-plane-option.ts';
import { DEFAULT_LAB } from '#cli/default-lab.ts';
import { progress } from '#cli/progress.ts';
import type { ControlPlaneKind } from '#lab/lab-control-plane.ts';

interface Options {
  json: boolean;
  lab: string;
  app: string;
  seed: number;
  controlPlane: ControlPlaneKind;
  repeats: number;
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
    .option('--seed <number>', 'decides arrival times, and ties of the scheduler', wholeNumber(0, 1_000_000), 1)
    .addOption(controlPlaneOption())
    .option('--repeats <number>', 'how often each scheduler places the application anew', wholeNumber(1, 100), 3)
    .option('--keep', 'leave the lab up at the end, for a look around', false)
    .option('--result <file>', 'where to leave the result as JSON (default: results/demo-SEED.json)')
    .action(async ({ json, lab, app, seed, keep, result: file = `results/demo-${seed}.json`, ...options }: Options) => {
      const [{ runDemo }, { withLab }, { loadLabFile }] = await Promise.all([
        import('#benchmark/demo/run-demo.ts'),
        import('#cli/lab-lifetime.ts'),
        import('#lab/lab-file.ts'),
      ]);
      const graph = presetNamed(app);
      const plan = loadLabFile(lab);
      const result = await withLab({ keep }, (state, signal) =>
        runDemo({ ...options, state, plan, graph, seed, detached: keep, progress, signal }),
      );
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
      process.stdout.write(`${json ? JSON.stringify(result) : describeResult(result)}\n`);
      progress(`result: ${file}`);
    });
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`wanted a whole number from ${least} to ${most}`);
  };
}
