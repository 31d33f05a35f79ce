import { cpus, release, totalmem } from 'node:os';
import { z } from 'zod';

/** What figures depend on, beside the code. */
export const machine = z.object({
  processor: z.string(),
  cores: z.int(),
  memoryGiB: z.number(),
  kernel: z.string(),
  node: z.string(),
});
export type Machine = z.infer<typeof machine>;

export function thisMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

/** "2 × Intel(R) Xeon(R) Processor, 24 GiB, Linux 6.18, Node v24.21.0" */
export function describeMachine({ processor, cores, memoryGiB, kernel, node }: Machine): string {
  return `${cores} × ${processor}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}`;
}

/** The command with its arguments, as it is repeated. */
export function makeCommand(target: string): string {
  const args = process.argv.slice(2);
  return `make ${target}${args.length > 0 ? ` ARGS="${args.join(' ')}"` : ''}`;
}
