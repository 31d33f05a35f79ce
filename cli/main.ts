import { createRequire } from 'node:module';
import { Command } from 'commander';
import { registerDemo } from '#cli/commands/demo.ts';
import { registerExplain } from '#cli/commands/explain.ts';
import { registerLab } from '#cli/commands/lab.ts';
import { registerScore } from '#cli/commands/score.ts';
import { registerServices } from '#cli/commands/services.ts';
import { registerTopology } from '#cli/commands/topology.ts';
import { reportFailure } from '#cli/failure.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const program = new Command('netaware')
  .description('Measures the network between nodes and places pods that talk to each other where it is best.')
  .version(version)
  .enablePositionalOptions()
  .showHelpAfterError('(try --help)');

registerDemo(program);
registerLab(program);
registerTopology(program);
registerExplain(program);
registerScore(program);
registerServices(program);

// Whoever reads may leave early (`| head`): then the rest goes nowhere, and a lab is still taken down.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (err: NodeJS.ErrnoException) => {
    if (err.code !== 'EPIPE') throw err;
  });
}

try {
  await program.parseAsync();
} catch (err) {
  process.exitCode = reportFailure(err);
}
