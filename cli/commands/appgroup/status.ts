import type { Command } from 'commander';
import { addViewOptions, type ViewOptions } from '#cli/commands/appgroup/view-options.ts';

export function registerStatus(parent: Command): void {
  const command = parent
    .command('status')
    .description('tell where the pods of AppGroups are, what that costs and what is wrong with the groups');
  addViewOptions(command).action(async (name: string | undefined, options: ViewOptions) => {
    const { status } = await import('#cli/commands/appgroup/run-status.ts');
    await status(name, options);
  });
}
