import { registerServices } from '#cli/commands/services.ts';
import { createProgram, runProgram } from '#cli/program.ts';

// What container images start: the services, without the lab and the benchmark that `netaware` has beside them.

const program = createProgram();
registerServices(program);
await runProgram(program);
