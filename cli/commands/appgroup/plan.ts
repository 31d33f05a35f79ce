import { type Command, InvalidArgumentError } from 'commander';
import { addViewOptions, type ViewOptions } from '#cli/commands/appgroup/view-options.ts';

/** Those of planning itself are for a state in files alone: with none the plan is the aggregator's. */
export interface PlanOptions extends ViewOptions {
  replan?: true;
  seed?: number;
  budgetMs?: number;
}

export function registerPlan(parent: Command): void {
  const command = parent
    .command('plan')
    .description('tell where the pods of an AppGroup should go: as the aggregator planned, or planned here with -f')
    .option('--replan', 'with -f: plan all pods anew, also those that have a node')
    .option('--seed <number>', 'with -f: choose among places to start from by this (default: 1)', parseSeed)
    .option('--budget-ms <ms>', 'with -f: after this time take the best plan found (default: 1000)', parseBudget);
  addViewOptions(command).action(async (name: string | undefined, options: PlanOptions) => {
    const { plan } = await import('#cli/commands/appgroup/run-plan.ts');
    await plan(name, options);
  });
}

const MOST_SEED = 2 ** 32 - 1;
const MOST_BUDGET_MS = 600_000;

function parseSeed(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= MOST_SEED) return Number(text);
  throw new InvalidArgumentError(`Wanted a whole number from 0 to ${MOST_SEED}.`);
}

function parseBudget(text: string): number {
  const ms = /^\d+$/.test(text) ? Number(text) : 0;
  if (ms >= 1 && ms <= MOST_BUDGET_MS) return ms;
  throw new InvalidArgumentError(`Wanted whole milliseconds from 1 to ${MOST_BUDGET_MS}.`);
}
