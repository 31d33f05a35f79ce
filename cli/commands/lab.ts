import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import { DEFAULT_LAB } from '#cli/default-lab.ts';
import { withLab } from '#cli/lab-lifetime.ts';
import { type OutputFormat, outputOption, printResult } from '#cli/output.ts';
import { progress } from '#cli/progress.ts';
import { AppError } from '#core/errors.ts';
import { startLab } from '#lab/lab.ts';
import { loadLabFile } from '#lab/lab-file.ts';
import { PREFIX } from '#lab/names.ts';
import { type LabState, readLabState } from '#lab/state/lab-state.ts';
import { findRemains, removeLab } from '#lab/state/remove.ts';

export function registerLab(program: Command): void {
  const lab = program
    .command('lab')
    .description('a cluster on this machine: hosts, shaped links, control plane, netaware');

  lab
    .command('up')
    .description('build the lab; it stays until "lab down"')
    .option('--lab <file>', 'zones, hosts and links', DEFAULT_LAB)
    .action(async ({ lab: file }: { lab: string }) => {
      const plan = loadLabFile(file);
      const { running } = await withLab({ keep: true }, () =>
        startLab({ plan, seed: 1, probe: {}, progress, detached: true }),
      );
      progress('the lab is up');
      process.stdout.write(`export KUBECONFIG=${running.kubeconfig}\n`);
    });

  lab
    .command('down')
    .description('remove the lab, or what a crash left of one')
    .action(async () => {
      const remains = await findRemains();
      await removeLab();
      progress(remains.length === 0 ? 'there was no lab' : 'the lab is removed');
    });

  lab
    .command('status')
    .description('tell whether a lab is up, and where its parts listen')
    .addOption(outputOption())
    .action(async ({ output }: { output: OutputFormat }) => {
      const state = await readLabState();
      const remains = state ? [] : await findRemains();
      printResult({ up: state?.running !== undefined, ...state, remains }, output, () => describe(state, remains));
    });

  lab
    .command('exec')
    .description('run a command on a host of the lab: netaware lab exec edge-1 -- ping -c 3 10.97.1.1')
    .argument('<host>')
    .argument('<command...>')
    .passThroughOptions()
    .action(async (host: string, command: string[]) => {
      if (!(await readLabState())) throw new AppError('NOT_FOUND', 'no lab is up here: "netaware lab up" builds one');
      const { status } = spawnSync('ip', ['netns', 'exec', `${PREFIX}${host}`, ...command], { stdio: 'inherit' });
      process.exitCode = status ?? 1;
    });
}

function describe(state: LabState | undefined, remains: readonly string[]): string {
  if (state?.running) {
    const { kubeconfig, apiServerUrl, aggregatorUrl, extenderUrl, router, congestionControl } = state.running;
    return [
      `up since ${state.createdAt}; links shaped by ${router}, TCP ${congestionControl}`,
      `API server  ${apiServerUrl}  (export KUBECONFIG=${kubeconfig})`,
      `aggregator  ${aggregatorUrl}`,
      `extender    ${extenderUrl}`,
    ].join('\n');
  }
  if (state) return `being built since ${state.createdAt}`;
  if (remains.length === 0) return 'no lab';
  return ['no lab, but remains of one ("netaware lab down" removes them):', ...remains.map((line) => `  ${line}`)].join(
    '\n',
  );
}
