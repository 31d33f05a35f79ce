import type { Command } from 'commander';
import { registerDiscover } from '#cli/commands/appgroup/discover.ts';
import { registerImport } from '#cli/commands/appgroup/import.ts';
import { registerInit } from '#cli/commands/appgroup/init.ts';
import { registerOrder } from '#cli/commands/appgroup/order.ts';
import { registerPlan } from '#cli/commands/appgroup/plan.ts';
import { registerStatus } from '#cli/commands/appgroup/status.ts';

export function registerAppGroup(program: Command): void {
  const command = program
    .command('appgroup')
    .description('make AppGroups, workloads that talk to each other, and see what becomes of them');
  registerInit(command);
  registerDiscover(command);
  registerStatus(command);
  registerOrder(command);
  registerPlan(command);
  registerImport(command);
}
