import { type Command, InvalidArgumentError } from 'commander';
import { type OutputFormat, outputOption } from '#cli/output.ts';
import { addTlsOptions, type TlsOptions } from '#cli/tls-options.ts';

export interface AdviseOptions extends TlsOptions {
  namespace?: string;
  aggregator?: string;
  output: OutputFormat;
  evict: boolean;
  limit: number;
  timeout: number;
  kubeconfig?: string;
}

export function registerAdvise(program: Command): void {
  const command = program
    .command('advise')
    .description('tell which pods have been better off elsewhere for long, and what moving them would save')
    .option('-n, --namespace <name>', 'only pods of this namespace')
    .option('--aggregator <url>', "the aggregator's address (default: the running lab's, or NETAWARE_AGGREGATOR_URL)")
    .option('--evict', 'evict these pods, one at a time, as far as their PodDisruptionBudgets allow', false)
    .option('--limit <pods>', 'with --evict: at most so many pods', wholeNumber, Number.POSITIVE_INFINITY)
    .option(
      '--timeout <seconds>',
      'with --evict: how long to wait for a pod to take the place of another',
      wholeNumber,
      120,
    )
    .option('--kubeconfig <file>', 'with --evict: where the API server is (default: KUBECONFIG or ~/.kube/config)')
    .addOption(outputOption());
  addTlsOptions(command).action(async (options: AdviseOptions) => {
    const { advise } = await import('#cli/commands/advise/run-advise.ts');
    await advise(options);
  });
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('wanted a whole number from 1 to 999999');
  return Number(text);
}
