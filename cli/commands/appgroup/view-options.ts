import type { Command } from 'commander';
import { type OutputFormat, outputOption } from '#cli/output.ts';
import { addStateOptions, type StateOptions } from '#cli/state-options.ts';
import { addTlsOptions, type TlsOptions } from '#cli/tls-options.ts';

/** Which AppGroups are looked at, and where: in files, or at the aggregator where none are given. */
export interface ViewOptions extends Partial<StateOptions>, TlsOptions {
  namespace: string;
  aggregator?: string;
  output: OutputFormat;
}

/** `[name]` and the options of `ViewOptions`. */
export function addViewOptions(command: Command): Command {
  command.argument('[name]', 'name of the AppGroup');
  addStateOptions(command, (option) => option.conflicts('aggregator'))
    .option('-n, --namespace <name>', 'namespace of the AppGroup', 'default')
    .option('--aggregator <url>', "the aggregator's address (default: the running lab's, or NETAWARE_AGGREGATOR_URL)")
    .addOption(outputOption());
  return addTlsOptions(command);
}
