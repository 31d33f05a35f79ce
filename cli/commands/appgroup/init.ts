import type { Command } from 'commander';
import {
  addGroupOptions,
  formatOption,
  type GroupOptions,
  type ProposalFormat,
} from '#cli/commands/appgroup/group-options.ts';

export interface InitOptions extends GroupOptions {
  filename: string[];
  recursive: boolean;
  patch: boolean;
  output: ProposalFormat;
}

export function registerInit(parent: Command): void {
  const command = parent
    .command('init')
    .description('draft an AppGroup from manifests: who is told the address of whom')
    .requiredOption(
      '-f, --filename <path...>',
      'files or folders with Deployments, StatefulSets, DaemonSets, CronJobs, Services and ConfigMaps; - for stdin',
    )
    .option('-R, --recursive', 'look into the folders of folders, too', false)
    .option('--patch', 'print patches for Kustomize that label the pod templates, in place of the AppGroup', false)
    .addOption(formatOption());
  addGroupOptions(command).action(async (options: InitOptions) => {
    const { init } = await import('#cli/commands/appgroup/run-init.ts');
    await init(options);
  });
}
