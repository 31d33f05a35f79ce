import type { Command } from 'commander';
import { registerDiscover } from '#cli/commands/appgroup/discover.ts';
import { registerImport } from '#cli/commands/appgroup/import.ts';
import { registerInit } from '#cli/commands/appgroup/init.ts';

export function registerAppGroup(program: Command): void {
  const command = program.command('appgroup').description('make AppGroups: workloads that talk to each other');
  registerInit(command);
  registerDiscover(command);
  registerImport(command);
}
