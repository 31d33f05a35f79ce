import { createRequire } from 'node:module';
import { Command } from 'commander';
import { reportFailure } from '#cli/failure.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** The command line without any command yet. */
export function createProgram(): Command {
  return new Command('netaware')
    .description('Measures the network between nodes and places pods that talk to each other where it is best.')
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError('(try --help)');
}

export async function runProgram(program: Command): Promise<void> {
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
}
