import { registerAppGroup } from '#cli/commands/appgroup.ts';
import { registerDemo } from '#cli/commands/demo.ts';
import { registerExplain } from '#cli/commands/explain.ts';
import { registerLab } from '#cli/commands/lab.ts';
import { registerScore } from '#cli/commands/score.ts';
import { registerServices } from '#cli/commands/services.ts';
import { registerTopology } from '#cli/commands/topology.ts';
import { createProgram, runProgram } from '#cli/program.ts';

const program = createProgram();
registerDemo(program);
registerLab(program);
registerTopology(program);
registerExplain(program);
registerScore(program);
registerAppGroup(program);
registerServices(program);
await runProgram(program);
