import type { Figures } from '#benchmark/goals.ts';
import { pairedRatio } from './compare.ts';
import type { BenchResult } from './result.ts';

/** For each size and two arms the one's pods/s divided by the other's, median over the rounds. */
export function figuresOf({ runs }: BenchResult): Figures {
  const figures = new Map<string, number>();
  const arms = [...new Set(runs.map(({ arm }) => arm))];
  for (const nodes of new Set(runs.map((run) => run.nodes))) {
    for (const arm of arms) {
      for (const baseline of arms) {
        const ratio = pairedRatio(runs, nodes, arm, baseline);
        if (ratio !== undefined) figures.set(`${nodes} nodes: ${arm} / ${baseline}`, ratio.median);
      }
    }
  }
  return figures;
}
