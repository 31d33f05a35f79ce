import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  addGroupOptions,
  formatOption,
  type GroupOptions,
  type ProposalFormat,
} from '#cli/commands/appgroup/group-options.ts';
import { addTlsOptions, type TlsOptions } from '#cli/tls-options.ts';
import { MESH_NAMES, type MeshName } from '#core/appgroup/discover/meshes.ts';

export interface DiscoverOptions extends GroupOptions, TlsOptions {
  prometheus: string;
  mesh: MeshName | 'auto';
  window: string;
  weight: 'requests' | 'bytes';
  minShare: number;
  bearerTokenFile?: string;
  timeout: number;
  output: ProposalFormat;
}

export function registerDiscover(parent: Command): void {
  const command = parent
    .command('discover')
    .description('make an AppGroup of the traffic that a mesh counted in Prometheus')
    .requiredOption('--prometheus <url>', 'where Prometheus is, or what answers as it does')
    .addOption(new Option('--mesh <name>', 'whose metrics').choices([...MESH_NAMES, 'auto']).default('auto'))
    .option('--window <duration>', 'how far to look back, such as 30m, 1h or 7d', parseWindow, '1h')
    .addOption(
      new Option('--weight <measure>', 'what weighs a call').choices(['requests', 'bytes']).default('requests'),
    )
    .option('--min-share <percent>', 'leave out calls with less of the traffic than this', parsePercent, 0)
    .option('--bearer-token-file <file>', 'a token to show to Prometheus')
    .option('--timeout <seconds>', 'how long to wait for each answer', parseSeconds, 30)
    .addOption(formatOption());
  addTlsOptions(addGroupOptions(command)).action(async (options: DiscoverOptions) => {
    const { discover } = await import('#cli/commands/appgroup/run-discover.ts');
    await discover(options);
  });
}

function parseWindow(text: string): string {
  if (/^([1-9]\d*(ms|[smhdwy]))+$/.test(text)) return text;
  throw new InvalidArgumentError('Wanted a duration as Prometheus writes it, such as 30m or 1h30m.');
}

function parsePercent(text: string): number {
  const number = Number(text.replace(/%$/, ''));
  if (text !== '' && number >= 0 && number <= 100) return number;
  throw new InvalidArgumentError('Wanted a percentage from 0 to 100.');
}

function parseSeconds(text: string): number {
  const number = Number(text);
  if (number > 0 && number <= 3600) return number;
  throw new InvalidArgumentError('Wanted seconds, more than 0 and at most 3600.');
}
