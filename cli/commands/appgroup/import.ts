import type { Command } from 'commander';
import { formatOption, type ProposalFormat } from '#cli/commands/appgroup/group-options.ts';
import { DEFAULT_WEIGHTS_NAME } from '#core/api/diktyo.ts';
import type { TableChoice } from '#core/diktyo/network-topology.ts';

export interface ImportOptions extends TableChoice {
  filename: string[];
  recursive: boolean;
  patch: boolean;
  output: ProposalFormat;
}

export function registerImport(parent: Command): void {
  parent
    .command('import')
    .description("make AppGroups and static costs of scheduler-plugins' AppGroups and NetworkTopology")
    .requiredOption('-f, --filename <path...>', 'files or folders with these, and with what owns the pods; - for stdin')
    .option('-R, --recursive', 'look into the folders of folders, too', false)
    .option('--network-topology <name>', 'which NetworkTopology, where there are several')
    .option('--weights-name <name>', 'which weights in it', DEFAULT_WEIGHTS_NAME)
    .option('--patch', 'print patches for Kustomize that label the pod templates, in place of the resources', false)
    .addOption(formatOption())
    .action(async (options: ImportOptions) => {
      const { importTheirs } = await import('#cli/commands/appgroup/run-import.ts');
      await importTheirs(options);
    });
}
