import type { Figures } from '#benchmark/goals.ts';
import { CALL_NAMES, type CallName, type ExtenderResult } from './result.ts';

/** What goals are set for. */
export function figuresOf({ latencies, underChange }: ExtenderResult): Figures {
  const figures: [string, number][] = latencies.flatMap(({ nodes, call, p50Ms, p99Ms }) => [
    [`${nodes} nodes: ${call}, ms, p50`, p50Ms],
    [`${nodes} nodes: ${call}, ms, p99`, p99Ms],
  ]);
  for (const call of CALL_NAMES) {
    const growth = growthOf({ latencies }, call);
    if (growth !== undefined) figures.push([`${call}: time per node, 10000 nodes / 1000 nodes`, growth]);
  }
  for (const { nodes, slicesPerSecond, delay, seen } of underChange) {
    const name = `${nodes} nodes, ${slicesPerSecond} slices/s`;
    figures.push([`${name}: event loop delay, ms, p99`, delay.p99Ms]);
    figures.push([`${name}: from a slice to the answer that holds it, ms, p99`, seen.p99Ms]);
  }
  return new Map(figures);
}

/** Median time per node at 10,000 nodes divided by that at 1,000: 1 where it grows linearly; undefined where either was not measured. */
export function growthOf({ latencies }: Pick<ExtenderResult, 'latencies'>, wanted: CallName): number | undefined {
  const perNode = (count: number) => {
    const found = latencies.find(({ nodes, call }) => nodes === count && call === wanted);
    return found && found.p50Ms / count;
  };
  const [large, small] = [perNode(10_000), perNode(1000)];
  return large === undefined || small === undefined ? undefined : large / small;
}
