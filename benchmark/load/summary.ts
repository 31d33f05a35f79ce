import type { LoadResult } from '#benchmark/load/open-loop.ts';
import { quantile } from '#core/statistics.ts';

export interface LoadSummary {
  requestsPerSecond: number;
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  /** 0..1 */
  errorRate: number;
}

/** Figures of one or several runs of a load, their requests taken together. NaN latencies where nothing was answered. */
export function summarizeLoad(results: readonly LoadResult[]): LoadSummary {
  const latencies = results.flatMap(({ latenciesMs }) => latenciesMs);
  const errors = results.reduce((sum, result) => sum + result.errors, 0);
  const seconds = results.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000;
  const at = (q: number) => quantile(latencies, q) ?? Number.NaN;
  return {
    requestsPerSecond: latencies.length / seconds,
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p99Ms: at(0.99),
    errorRate: errors / Math.max(1, errors + latencies.length),
  };
}
