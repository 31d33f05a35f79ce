import type { Arm, Comparison, DemoResult } from './demo-result.ts';

/** The result for people: the measured network beside the configured, where each workload went, and what it gained. */
export function describeResult(result: DemoResult): string {
  return [
    describeLinks(result),
    describePlacements(result.arms),
    describeLoad(result),
    ...describeComparison(result.comparison),
  ].join('\n\n');
}

function describeLinks({ links, settings }: DemoResult): string {
  const rows = links.map(({ origin, destination, configured, measured, agrees }) => [
    `${origin} -> ${destination}`,
    pair(configured.rttMs, measured.rttMs, 2, agrees.rtt),
    pair(configured.bandwidthMbps, measured.bandwidthMbps, 0, agrees.bandwidth),
    pair(configured.lossPercent, measured.lossPercent, 2, agrees.loss),
    String(measured.samples),
  ]);
  const differing = links.filter(({ agrees }) => !(agrees.rtt && agrees.bandwidth && agrees.loss)).length;
  const verdict =
    differing === 0
      ? 'Every link measures as configured (RTT within 1 ms or 5 %, bandwidth within 25 %, loss within its binomial interval).'
      : `${differing} of ${links.length} links do NOT measure as configured (marked !).`;
  return [
    `Network, configured | measured (${settings.router}, TCP ${settings.congestionControl})`,
    columns(['LINK', 'RTT ms', 'BANDWIDTH Mbit/s', 'LOSS %', 'PINGS'], rows),
    verdict,
  ].join('\n');
}

function pair(configured: number, measured: number, digits: number, agrees: boolean): string {
  return `${configured} | ${measured.toFixed(digits)}${agrees ? '' : ' !'}`;
}

function describePlacements(arms: readonly Arm[]): string {
  const workloads = arms[0]?.placements.map(({ workload }) => workload).toSorted() ?? [];
  const rows = workloads.map((workload) => [workload, ...arms.map((arm) => nodesOf(arm, workload))]);
  return [
    'Placement, a node for each repeat where they differ',
    columns(['WORKLOAD', ...arms.map(({ name }) => name)], rows),
  ].join('\n');
}

function nodesOf({ repeats }: Arm, workload: string): string {
  const nodes = repeats.map(
    ({ placements }) => placements.find((placement) => placement.workload === workload)?.node ?? '?',
  );
  return new Set(nodes).size === 1 ? (nodes[0] ?? '') : nodes.join(', ');
}

function describeLoad({ arms, settings }: DemoResult): string {
  const rows = arms.map(({ name, networkCost, load }) => [
    name,
    networkCost.toFixed(3),
    load.requestsPerSecond.toFixed(1),
    load.p50Ms.toFixed(1),
    load.p90Ms.toFixed(1),
    load.p99Ms.toFixed(1),
    `${(100 * load.errorRate).toFixed(2)} %`,
  ]);
  const { requestsPerSecond, measuredSeconds, repeats, seed, controlPlane } = settings;
  return [
    `Load: ${requestsPerSecond} requests/s, open loop, ${measuredSeconds} s, ${repeats} repeats, seed ${seed}, control plane ${controlPlane}`,
    columns(['ARM', 'NETWORK COST', 'REQUESTS/s', 'p50 ms', 'p90 ms', 'p99 ms', 'ERRORS'], rows),
  ].join('\n');
}

const FIGURES: [figure: keyof Comparison, name: string, unit: string, digits: number][] = [
  ['p50Ms', 'p50', ' ms', 1],
  ['p90Ms', 'p90', ' ms', 1],
  ['p99Ms', 'p99', ' ms', 1],
  ['networkCost', 'network cost', '', 3],
];

function describeComparison(comparison: Comparison): string[] {
  const lines = FIGURES.map(([figure, name, unit, digits]) => {
    const difference = comparison[figure];
    if (difference === undefined) return `${name}: no interval from a single repeat`;
    const { mean, low, high, pairs } = difference;
    const interval = `95 % interval ${low.toFixed(digits)} to ${high.toFixed(digits)}, ${pairs} pairs`;
    return `${name}: netaware ${mean > 0 ? '+' : ''}${mean.toFixed(digits)}${unit} (${interval}): ${judge(low, high)}`;
  });
  return [['netaware against default', ...lines].join('\n')];
}

/** What the interval of a difference says where less is better. */
function judge(low: number, high: number): string {
  if (high < 0) return 'a gain';
  if (low > 0) return 'a LOSS';
  return 'no clear difference';
}

function columns(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [header, ...rows]
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}
