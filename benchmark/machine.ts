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

/** The command with its arguments, as it is repeated anywhere: where PlanetLab's data is on this machine is of no use to others. */
export function makeCommand(target: string, args = process.argv.slice(2)): string {
  const at = args.findIndex((arg) => /^--planetlab(=|$)/.test(arg));
  const others = at === -1 ? args : args.toSpliced(at, args[at] === '--planetlab' ? 2 : 1);
  const planetLab = at === -1 ? '' : ' PLANETLAB=DIR';
  return `make ${target}${planetLab}${others.length > 0 ? ` ARGS="${others.join(' ')}"` : ''}`;
}
