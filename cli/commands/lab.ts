import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import { controlPlaneOption } from '#cli/control-plane-option.ts';
import { DEFAULT_LAB } from '#cli/default-lab.ts';
import { type OutputFormat, outputOption, printResult } from '#cli/output.ts';
import { progress } from '#cli/progress.ts';
import { AppError } from '#core/errors.ts';
import type { ControlPlaneKind } from '#lab/lab-control-plane.ts';
import { PREFIX } from '#lab/names.ts';
import type { LabState } from '#lab/state/lab-state.ts';

// What builds and removes labs is loaded only when it is used: the services start from this command line too.
const loadState = () => import('#lab/state/lab-state.ts');
const loadRemoval = () => import('#lab/state/remove.ts');

export function registerLab(program: Command): void {
  const lab = program
    .command('lab')
    .enablePositionalOptions()
    .description('a cluster on this machine: hosts, shaped links, control plane, netaware');

  lab
    .command('up')
    .description('build the lab; it stays until "lab down"')
    .option('--lab <file>', 'zones, hosts and links', DEFAULT_LAB)
    .addOption(controlPlaneOption())
    .action(async ({ lab: file, controlPlane }: { lab: string; controlPlane: ControlPlaneKind }) => {
      const [{ loadLabFile }, { startLab }, { withLab }] = await Promise.all([
        import('#lab/lab-file.ts'),
        import('#lab/lab.ts'),
        import('#cli/lab-lifetime.ts'),
      ]);
      const plan = loadLabFile(file);
      const { running } = await withLab({ keep: true }, (state) =>
        startLab({ state, plan, controlPlane, seed: 1, probe: {}, progress, detached: true }),
      );
      progress('the lab is up');
      process.stdout.write(`export KUBECONFIG=${running.kubeconfig}\n`);
    });

  lab
    .command('down')
    .description('remove the lab, or what a crash left of one')
    .action(async () => {
      const { findRemains, removeLab } = await loadRemoval();
      const remains = await findRemains();
      await removeLab();
      progress(remains.length === 0 ? 'there was no lab' : 'the lab is removed');
    });

  lab
    .command('status')
    .description('tell whether a lab is up, and where its parts listen')
    .addOption(outputOption())
    .action(async ({ output }: { output: OutputFormat }) => {
      const lab = await (await loadState()).readLabState();
      const remains = lab ? [] : await (await loadRemoval()).findRemains();
      printResult({ up: lab?.running !== undefined, ...lab, remains }, output, () => describe(lab, remains));
    });

  lab
    .command('exec')
    .description('run a command on a host of the lab: netaware lab exec edge-1 -- ping -c 3 10.97.1.1')
    .argument('<host>')
    .argument('<command...>')
    .passThroughOptions()
    .action(async (host: string, command: string[]) => {
      const hosts = (await (await loadState()).readLabState())?.running?.hosts;
      if (!hosts) throw new AppError('NOT_FOUND', 'no lab is up here: "netaware lab up" builds one');
      if (!hosts.includes(host)) {
        throw new AppError('NOT_FOUND', `no host "${host}" in the lab, known: ${hosts.join(', ')}`);
      }
      const words = command[0] === '--' ? command.slice(1) : command;
      const { status } = spawnSync('ip', ['netns', 'exec', `${PREFIX}${host}`, ...words], { stdio: 'inherit' });
      process.exitCode = status ?? 1;
    });
}

function describe(lab: LabState | undefined, remains: readonly string[]): string {
  if (lab?.running) {
    const { kubeconfig, controlPlane, apiServerUrl, aggregatorUrl, extenderUrl, router, congestionControl } =
      lab.running;
    return [
      `up since ${lab.createdAt}; control plane ${controlPlane}, links shaped by ${router}, TCP ${congestionControl}`,
      `API server  ${apiServerUrl}  (export KUBECONFIG=${kubeconfig})`,
      `aggregator  ${aggregatorUrl}`,
      `extender    ${extenderUrl}`,
    ].join('\n');
  }
  if (lab) return `being built since ${lab.createdAt}`;
  if (remains.length === 0) return 'no lab';
  return ['no lab, but remains of one ("netaware lab down" removes them):', ...remains.map((line) => `  ${line}`)].join(
    '\n',
  );
}
