import type { Command } from 'commander';
import { addViewOptions, type ViewOptions } from '#cli/commands/appgroup/view-options.ts';

export function registerOrder(parent: Command): void {
  const command = parent.command('order').description('tell in which order the workloads of an AppGroup are placed');
  addViewOptions(command).action(async (name: string | undefined, options: ViewOptions) => {
    const { order } = await import('#cli/commands/appgroup/run-order.ts');
    await order(name, options);
  });
}
