import { formatTable } from '#cli/output.ts';
import type { NodePlanView, PlanView } from '#core/api/plan-view.ts';

/** A table of the node's peers, or of all nodes where there are few, and the whole in some lines below it. */
export function formatPlanView(view: PlanView, node: string | undefined): string {
  const plans = view.plans ?? [];
  const [own] = plans;
  const table = node !== undefined && own !== undefined ? [formatNode(own), ''] : [];
  const all = node === undefined && plans.length > 0 ? [formatNodes(plans), ''] : [];
  return [...table, ...all, ...probeLines(view), ...bandwidthLines(view)].join('\n');
}

function formatNode({ peers, probedBy, tests }: NodePlanView): string {
  const names = [...new Set([...peers, ...probedBy, ...tests.map(({ peer }) => peer)])].toSorted();
  const yesIf = (list: readonly string[], name: string) => (list.includes(name) ? 'yes' : '-');
  const rows = names.map((name) => {
    const test = tests.find(({ peer }) => peer === name);
    return [name, yesIf(peers, name), yesIf(probedBy, name), test === undefined ? '-' : test.direction, inTime(test)];
  });
  return formatTable(['PEER', 'PROBES IT', 'PROBED BY IT', 'NEXT TEST', 'IN'], rows);
}

function formatNodes(plans: readonly NodePlanView[]): string {
  const rows = plans.map(({ node, peers, probedBy, tests }) => {
    const everybody = peers.length > 0 && peers.length === plans.filter((plan) => plan.peers.length > 0).length - 1;
    const [next] = tests;
    return [
      node,
      everybody ? 'all others' : peers.join(' ') || '-',
      String(probedBy.length),
      next === undefined ? '-' : `${next.direction === 'send' ? 'to' : 'from'} ${next.peer}`,
      inTime(next),
      inTime(tests.at(-1)),
    ];
  });
  return formatTable(['NODE', 'PROBES', 'PROBED BY', 'NEXT TEST', 'IN', 'LAST IN'], rows);
}

function probeLines({ nodes, leftOut, probes }: PlanView): string[] {
  const { everyPair, peers, probedBy, intervalSeconds, perNodeAndSecond, plannedLinks, measuredLinks } = probes;
  const turns =
    probes.turnSeconds === undefined
      ? ''
      : `, others every ${formatSeconds(probes.turnSeconds)} (next in ${formatSeconds(probes.nextTurnInSeconds ?? 0)})`;
  return [
    `probes: ${nodes} nodes, ${everyPair ? 'every pair' : `${range(peers)} peers each, probed by ${range(probedBy)}`}` +
      `${turns}, every ${formatSeconds(intervalSeconds)}: ${perNodeAndSecond} probes a second from each node`,
    `coverage: ${measuredLinks} of ${plannedLinks} links measured, every pair within ${formatSeconds(probes.everyPairWithinSeconds)}`,
    ...(leftOut.length === 0
      ? []
      : [`left out: ${leftOut.map(({ node, reason }) => `${node} (${reason})`).join(', ')}`]),
  ];
}

function bandwidthLines({ bandwidth }: PlanView): string[] {
  const { pairs, cycle, busiestNode, cluster, nextTestInSeconds, lastTestInSeconds, tooLargePairs, waitingPairs } =
    bandwidth;
  if (cycle.byBudgetSeconds === undefined) return ['bandwidth: tests are switched off'];
  const turn =
    nextTestInSeconds === undefined || lastTestInSeconds === undefined
      ? 'no test to come'
      : `next test in ${formatSeconds(nextTestInSeconds)}, last of all in ${formatSeconds(lastTestInSeconds)}`;
  const busiest =
    busiestNode === undefined
      ? ''
      : `, at most at ${busiestNode.node}: ${busiestNode.megabytes} of ${busiestNode.budgetMegabytes} MB`;
  return [
    `bandwidth: ${pairs} pairs, each every ${formatSeconds(bandwidth.intervalSeconds)}; one cycle takes ` +
      `${formatSeconds(cycle.byRoundsSeconds)} by rounds, ${formatSeconds(cycle.byBudgetSeconds)} by the budget`,
    `busy: ${bandwidth.testsUnderWay} tests under way, ${bandwidth.testsInLastHour} in the last hour, ${bandwidth.busyPercent} % of the ` +
      `nodes' time; ${cluster.megabytes} of ${cluster.budgetMegabytes} MB${busiest}`,
    `turns: ${turn}${waitingPairs === 0 ? '' : `; ${waitingPairs} pairs wait for an answer to a ping`}`,
    ...(tooLargePairs === 0
      ? []
      : [
          `never tested: ${tooLargePairs} pairs, of which one test moves more than bytesPerHour or budgetPercent allow in an hour`,
        ]),
  ];
}

function inTime(test: { inSeconds: number } | undefined): string {
  return test === undefined ? '-' : formatSeconds(test.inSeconds);
}

function range({ min, max }: { min: number; max: number }): string {
  return min === max ? String(min) : `${min} to ${max}`;
}

/** Two units at most: "45 s", "4 min 57 s", "10 h 42 min", "3 d 4 h". */
function formatSeconds(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const;
  const whole = Math.round(seconds);
  const first = units.findIndex(([length]) => whole >= length);
  if (first === -1) return '0 s';
  let rest = whole;
  return units
    .slice(first, first + 2)
    .flatMap(([length, name]) => {
      const count = Math.floor(rest / length);
      rest -= count * length;
      return count === 0 ? [] : [`${count} ${name}`];
    })
    .join(' ');
}
