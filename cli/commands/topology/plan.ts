import type { Command } from 'commander';
import { type OutputFormat, outputOption } from '#cli/output.ts';
import { addStateOptions, type StateOptions } from '#cli/state-options.ts';
import { addTlsOptions, type TlsOptions } from '#cli/tls-options.ts';

/** Where the plan is from: the aggregator, or made here of a state in files. */
export interface TopologyPlanOptions extends Partial<StateOptions>, TlsOptions {
  node?: string;
  aggregator?: string;
  output: OutputFormat;
}

export function registerTopologyPlan(parent: Command): void {
  const command = parent
    .command('plan')
    .description('tell who probes whom, how much of it is measured, and when bandwidth is tested')
    .option('--node <name>', 'whom this node probes, and when each of its pairs is tested');
  addStateOptions(command, (option) => option.conflicts('aggregator'))
    .option('--aggregator <url>', "the aggregator's address (default: the running lab's, or NETAWARE_AGGREGATOR_URL)")
    .addOption(outputOption());
  addTlsOptions(command).action(async (options: TopologyPlanOptions) => {
    const { topologyPlan } = await import('#cli/commands/topology/run-plan.ts');
    await topologyPlan(options);
  });
}
