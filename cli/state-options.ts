import { type Command, Option } from 'commander';

/** Where a cluster's state is read from. */
export interface StateOptions {
  filename: string[];
  recursive: boolean;
}

/** `-f` and `-R`, as kubectl has them. */
export function addStateOptions(command: Command, filename: (option: Option) => Option): Command {
  const from =
    'files or folders with Nodes, Pods, AppGroups, NetworkTopology and NetworkTopologySlices, as kubectl prints them; - for stdin';
  return command
    .addOption(filename(new Option('-f, --filename <path...>', from)))
    .option('-R, --recursive', 'look into the folders of folders, too', false);
}
