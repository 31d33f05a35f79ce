import { type Command, InvalidArgumentError } from 'commander';
import { type OutputFormat, outputOption } from '#cli/output.ts';

export interface EvaluateOptions {
  matrix: string;
  probes: number;
  zones?: string;
  seed: number;
  output: OutputFormat;
}

const HELP = `
The matrix has a line of tab-separated round-trip times in milliseconds for each origin; 0 is the same node, or a link without an
answer: where that was probed it is never estimated, and nowhere is it compared. A first line without a number names the nodes;
else they are called 0, 1, ... The zones have a line node<TAB>zone for each node, or are YAML (.yaml): "node: zone".

Each node probes K others, spread evenly over all nodes in an order drawn by the seed. Every other link is estimated by the
median of its zone pair, where there are zones, else by coordinates. The error is |estimate - truth| / truth.`;

export function registerEvaluate(parent: Command): void {
  parent
    .command('evaluate')
    .description('tell how far estimates of links that were not probed are off, on measured round-trip times')
    .requiredOption('--matrix <file>', 'round-trip times: FILE.tsv or FILE.tsv.gz')
    .requiredOption('--probes <k>', 'how many others each node probes', (text) => parseWhole(text, 1))
    .option('--zones <file>', 'the zone of each node')
    .option('--seed <number>', 'choose by this who probes whom', (text) => parseWhole(text, 0), 1)
    .addOption(outputOption())
    .addHelpText('after', HELP)
    .action(async (options: EvaluateOptions) => {
      const { evaluate } = await import('#cli/commands/topology/run-evaluate.ts');
      evaluate(options);
    });
}

const MOST = 2 ** 32 - 1;

function parseWhole(text: string, least: number): number {
  if (/^\d+$/.test(text) && Number(text) >= least && Number(text) <= MOST) return Number(text);
  throw new InvalidArgumentError(`Wanted a whole number from ${least} to ${MOST}.`);
}
