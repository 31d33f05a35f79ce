import { type Command, Option } from 'commander';
import { AppError } from '#core/errors.ts';

/** What can be said of any AppGroup that is made. */
export interface GroupOptions {
  name?: string;
  namespace?: string;
  exclude?: string[];
}

/** A name of a namespace, and of a group, which is the value of a label. */
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export function addGroupOptions(command: Command): Command {
  return command
    .option('--name <name>', 'name of the AppGroup')
    .option('-n, --namespace <name>', 'namespace of the workloads and of the AppGroup')
    .option('--exclude <workload...>', 'workloads to leave out, such as a load generator');
}

/** Throws AppError INVALID_INPUT for a name that Kubernetes would refuse. */
export function checkGroupOptions(options: GroupOptions): GroupOptions {
  const names = { '--name': options.name, '--namespace': options.namespace };
  for (const [flag, value] of Object.entries(names)) {
    if (value !== undefined && !DNS_LABEL.test(value)) {
      const wanted = 'at most 63 lower-case letters, digits and "-", a letter or digit first and last';
      throw new AppError('INVALID_INPUT', `${flag}: wanted ${wanted}, found "${value}"`);
    }
  }
  return options;
}

const FORMATS = ['yaml', 'json'] as const;
export type ProposalFormat = (typeof FORMATS)[number];

/** `-o yaml|json` */
export function formatOption(): Option {
  return new Option('-o, --output <format>', 'how to print the AppGroup').choices(FORMATS).default('yaml');
}
