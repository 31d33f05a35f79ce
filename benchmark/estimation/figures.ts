import type { Figures } from '#benchmark/goals.ts';
import { quantile } from '#core/statistics.ts';
import type { AccuracyRun, EstimationResult, Method } from './result.ts';

/** What goals are set for. The worst of all slices and seeds. */
export function figuresOf({ accuracy, speed }: EstimationResult): Figures {
  const figures = new Map<string, number>();
  const put = (name: string, values: readonly number[]) => {
    if (values.length > 0) figures.set(name, Math.max(...values));
  };
  for (const probes of probesOf(accuracy)) {
    const ours = runsOf(accuracy, 'coordinates', probes, 'all');
    put(
      `PlanetLab, ${probes} probes: median, worst`,
      ours.map(({ median }) => median),
    );
    put(
      `PlanetLab, ${probes} probes: p90, worst`,
      ours.map(({ p90 }) => p90),
    );
    const serf = runsOf(accuracy, 'serf', probes, 'all');
    for (const error of ['median', 'p90'] as const) {
      const ratios = ours.map((run) => {
        const other = serf.find(({ network, seed }) => network === run.network && seed === run.seed);
        return run[error] / (other?.[error] ?? Number.NaN);
      });
      put(`PlanetLab, ${probes} probes: ${error} / Serf's, worst`, ratios);
    }
  }
  const inZones = accuracy.filter(({ network, links }) => network.startsWith('zoned') && links === 'within zones');
  put(
    'within zones: median of the zone pair, worst',
    inZones.filter(({ method }) => method === 'zone-median').map(({ median }) => median),
  );
  for (const { nodes, start, milliseconds } of speed) figures.set(`${nodes} nodes, ${start}: ms`, milliseconds);
  return figures;
}

export function probesOf(runs: readonly AccuracyRun[]): number[] {
  return [...new Set(runs.map(({ probes }) => probes))];
}

export function runsOf(
  runs: readonly AccuracyRun[],
  method: Method,
  probes: number,
  links: AccuracyRun['links'],
): AccuracyRun[] {
  return runs.filter((run) => run.method === method && run.probes === probes && run.links === links);
}

/** "0.061 (0.063)": the median over the runs, and the worst. */
export function spreadOf(values: readonly number[]): string {
  const middle = quantile(values, 0.5);
  return middle === undefined ? '' : `${middle.toFixed(3)} (${Math.max(...values).toFixed(3)})`;
}
