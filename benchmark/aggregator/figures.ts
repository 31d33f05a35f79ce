import type { Figures } from '#benchmark/goals.ts';
import type { AggregatorResult } from './result.ts';

export function figuresOf({ sizes, growth, freshness }: AggregatorResult): Figures {
  const figures = new Map<string, number>();
  for (const { nodes, load, memory } of sizes) {
    figures.set(`${nodes} nodes: samples per CPU second`, load.samplesPerCpuSecond);
    figures.set(`${nodes} nodes: resident memory, MB`, memory.residentMB);
    figures.set(`${nodes} nodes: failed reports`, load.failedReports);
  }
  const [third, last] = growth.quarters.slice(-2).map(({ residentMB }) => residentMB);
  if (third !== undefined && last !== undefined)
    figures.set('an hour: last quarter / third quarter, memory', last / third);
  figures.set(`${freshness.nodes} nodes: report to answer, p99 ms`, freshness.toAnswer.p99Ms);
  figures.set(`${freshness.nodes} nodes: steps not seen`, freshness.missed);
  return figures;
}
