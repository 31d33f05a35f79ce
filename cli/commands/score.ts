import { type Command, Option } from 'commander';
import { NEUTRAL_TEXT } from '#cli/neutral-text.ts';
import { formatTable, type OutputFormat, outputOption, printResult } from '#cli/output.ts';
import { addStateOptions, type StateOptions } from '#cli/state-options.ts';
import { AppError } from '#core/errors.ts';
import { filterNodes } from '#core/scoring/filter.ts';
import { type NodeScore, scorePod } from '#core/scoring/score.ts';
import { STRATEGY_NAMES, type StrategyName } from '#core/scoring/strategies.ts';
import { DEFAULT_STRATEGY } from '#scheduler-extender/config.ts';

interface Options extends StateOptions {
  pod: string;
  strategy: StrategyName;
  dependenciesOnly: boolean;
  output: OutputFormat;
}

/** A node's score, and why it would be filtered out where it would. */
type Row = NodeScore & { rejected?: string };

export function registerScore(program: Command): void {
  const command = program
    .command('score')
    .description('score the nodes for a pod, offline, from manifests as kubectl prints them');
  addStateOptions(command, (option) => option.makeOptionMandatory())
    .requiredOption('--pod <namespace/name>', 'the pod to place; it must be in the files')
    .addOption(
      new Option('--strategy <name>', 'how costs become scores').choices(STRATEGY_NAMES).default(DEFAULT_STRATEGY),
    )
    .option('--dependencies-only', "count only what the pod calls, as scheduler-plugins' NetworkOverhead does", false)
    .addOption(outputOption())
    .action(async (options: Options) => {
      const { rows, decimals } = await score(options);
      printResult(rows, options.output, () => table(rows, decimals));
    });
}

async function score({
  pod: key,
  strategy,
  dependenciesOnly,
  ...source
}: Options): Promise<{ rows: Row[]; decimals: number }> {
  const [{ fixedView }, { readStateSources }] = await Promise.all([
    import('#scheduler-extender/cluster-view.ts'),
    import('#cli/state-source.ts'),
  ]);
  const config = { strategy, dependenciesOnly };
  const view = fixedView(await readStateSources(source), config);
  const [name, namespace = 'default', ...rest] = key.split('/').toReversed();
  if (!name || !namespace || rest.length > 0) {
    throw new AppError('INVALID_INPUT', `--pod: wanted namespace/name, found "${key}"`);
  }
  const pod = await view.pod(namespace, name);
  if (!pod) throw new AppError('NOT_FOUND', `--pod: no pod ${namespace}/${name} in ${source.filename.join(', ')}`);
  const snapshot = view.snapshot();
  const { nodes, neutral } = scorePod(pod, view.nodeNames(), snapshot, config);
  if (neutral) process.stderr.write(`netaware: every node scores the same: ${NEUTRAL_TEXT[neutral]}\n`);
  const { rejected } = filterNodes(pod, view.nodeNames(), snapshot, config);
  const rows = nodes
    .map((node): Row => {
      const reason = rejected[node.node];
      return reason === undefined ? node : { ...node, rejected: reason };
    })
    .toSorted((a, b) => b.score - a.score || (a.node < b.node ? -1 : 1));
  return { rows, decimals: snapshot.matrix.byTable ? 0 : 3 };
}

function table(rows: Row[], decimals: number): string {
  return formatTable(
    ['NODE', 'SCORE', 'NETWORK COST', 'DEPENDENCY', 'DEPENDANT', 'SOURCE', 'REJECTED'],
    rows.map(({ node, score: points, networkCost, dependencyCost, dependantCost, source, rejected }) => [
      node,
      String(points),
      networkCost.toFixed(decimals),
      dependencyCost.toFixed(decimals),
      dependantCost.toFixed(decimals),
      source,
      rejected ?? '',
    ]),
  );
}
