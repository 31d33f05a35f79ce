import type { EvaluateOptions } from '#cli/commands/topology/evaluate.ts';
import { readRttMatrix } from '#cli/commands/topology/rtt-matrix-file.ts';
import { readZones } from '#cli/commands/topology/zones-file.ts';
import { formatTable, printResult } from '#cli/output.ts';
import { type Errors, type Evaluation, evaluateEstimates } from '#core/coordinates/evaluation/evaluate.ts';
import { AppError } from '#core/errors.ts';
import { finish } from '#core/pieces.ts';

/** What `topology evaluate` does. */
export function evaluate({ matrix: file, probes, zones: zonesFile, seed, output }: EvaluateOptions): void {
  const { matrix, names } = readRttMatrix(file);
  if (probes >= names.length) {
    throw new AppError(
      'INVALID_INPUT',
      `--probes ${probes}: ${file} has ${names.length} nodes, of which each can probe ${names.length - 1} others at most`,
    );
  }
  const zones = zonesFile === undefined ? undefined : readZones(zonesFile, names);
  const evaluation = finish(evaluateEstimates(matrix, { probes, seed, zones }));
  if (evaluation.overall === undefined) {
    const { probed, failed, unknown } = evaluation;
    throw new AppError(
      'INVALID_INPUT',
      `nothing to compare: of ${probed} links probed ${failed} failed, and of the others ${unknown} could not be estimated`,
    );
  }
  printResult(rounded(evaluation), output, formatEvaluation);
}

function formatEvaluation({ overall, layers, probed, failed, unknown }: Evaluation): string {
  const rowOf = (name: string, pairs: number, { median, p90 }: Errors) => [
    name,
    String(pairs),
    median.toFixed(4),
    p90.toFixed(4),
  ];
  const rows = layers.map((layer) => rowOf(layer.name, layer.pairs, layer));
  const pairs = layers.reduce((sum, layer) => sum + layer.pairs, 0);
  if (overall) rows.push(rowOf('overall', pairs, overall));
  const legend = `relative error of hidden links; probed ${probed}, of which failed ${failed}; without an estimate ${unknown}`;
  return `${formatTable(['LAYER', 'PAIRS', 'MEDIAN', 'P90'], rows)}\n${legend}`;
}

/** More digits than anybody needs. */
function rounded(evaluation: Evaluation): Evaluation {
  const round = <Value extends Errors>(errors: Value): Value => ({
    ...errors,
    median: Number(errors.median.toFixed(6)),
    p90: Number(errors.p90.toFixed(6)),
  });
  const { overall, layers, ...counts } = evaluation;
  return { ...(overall ? { overall: round(overall) } : {}), layers: layers.map(round), ...counts };
}
