import { type Command, Option } from 'commander';
import { DEFAULT_WEIGHTS_NAME } from '#core/api/diktyo.ts';
import type { TableChoice } from '#core/diktyo/network-topology.ts';

/** Where a cluster's state is read from. */
export interface StateOptions extends TableChoice {
  filename: string[];
  recursive: boolean;
}

/** `-f` and `-R`, as kubectl has them. */
export function addStateOptions(command: Command, filename: (option: Option) => Option): Command {
  const from =
    "files or folders with Nodes, Pods, AppGroups, NetworkTopology and NetworkTopologySlices, scheduler-plugins' too, as kubectl " +
    'prints them; - for stdin';
  return command
    .addOption(filename(new Option('-f, --filename <path...>', from)))
    .option('-R, --recursive', 'look into the folders of folders, too', false)
    .option('--network-topology <name>', "which of scheduler-plugins' NetworkTopologies, where there are several")
    .option('--weights-name <name>', 'which weights in it', DEFAULT_WEIGHTS_NAME);
}
