import type { Command } from 'commander';
import { registerEvaluate } from '#cli/commands/topology/evaluate.ts';
import { registerMatrix } from '#cli/commands/topology/matrix.ts';
import { registerTopologyPlan } from '#cli/commands/topology/plan.ts';

export function registerTopology(program: Command): void {
  const command = registerMatrix(program);
  registerTopologyPlan(command);
  registerEvaluate(command);
}
