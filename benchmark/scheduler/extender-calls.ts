/** What the extender did in one run, from its metrics. */
export interface ExtenderCalls {
  filtered: number;
  prioritized: number;
  /** Calls that took so long that kube-scheduler may have gone on without the answer. */
  late: number;
  /** Calls that kube-scheduler gave up. */
  aborted: number;
  /** Pods that got the same score on every node. */
  neutral: number;
}

/** Half of the scheduler's timeout, and a bucket of the histogram. */
const LATE_SECONDS = '0.25';

/** Reads the extender's metrics in Prometheus' text format. */
export function extenderCalls(metrics: string): ExtenderCalls {
  const sum = (name: string, ...labels: string[]) => sumOf(metrics, name, labels);
  // Neutral: answered, with the same score for every node.
  const answered = (verb: string) =>
    ['answered', 'neutral']
      .map((outcome) => sum('netaware_extender_requests_total', `verb="${verb}"`, `outcome="${outcome}"`))
      .reduce((total, count) => total + count, 0);
  const duration = 'netaware_extender_request_duration_seconds';
  return {
    filtered: answered('filter'),
    prioritized: answered('prioritize'),
    late: sum(`${duration}_count`) - sum(`${duration}_bucket`, `le="${LATE_SECONDS}"`),
    aborted: sum('netaware_extender_requests_total', 'outcome="aborted"'),
    neutral: sum('netaware_extender_neutral_total'),
  };
}

function sumOf(metrics: string, name: string, labels: readonly string[]): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** What came after `before`. */
export function callsSince(before: ExtenderCalls, now: ExtenderCalls): ExtenderCalls {
  return {
    filtered: now.filtered - before.filtered,
    prioritized: now.prioritized - before.prioritized,
    late: now.late - before.late,
    aborted: now.aborted - before.aborted,
    neutral: now.neutral - before.neutral,
  };
}

/** Why a run with an extender says nothing: undefined where every pod was filtered, and scored where it should be, in time. */
export function whyInvalid(
  calls: ExtenderCalls,
  { pods, scores }: { pods: number; scores: boolean },
  schedulerLog: string,
): string | undefined {
  if (calls.filtered < pods) return `${pods - calls.filtered} pods were not filtered`;
  if (scores && calls.prioritized < pods) return `${pods - calls.prioritized} pods were not scored`;
  if (calls.aborted > 0) return `kube-scheduler gave up ${calls.aborted} calls`;
  if (calls.late > 0) return `${calls.late} answers came late`;
  if (schedulerLog.includes('Skipping extender')) return 'kube-scheduler skipped the extender';
  return undefined;
}
