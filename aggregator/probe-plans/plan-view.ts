import type { BandwidthLeases, LeaseGround } from '#aggregator/bandwidth/bandwidth-leases.ts';
import { type ClusterNode, isProbed } from '#aggregator/cluster/cluster-node.ts';
import type { PlanCoverage } from '#aggregator/probe-plans/plan-coverage.ts';
import type { ProbeSettings } from '#core/api/network-topology.ts';
import type { NodePlanView, PlanView } from '#core/api/plan-view.ts';
import { coverageSeconds, type ProbeSchedule, turnSeconds } from '#core/measurement/probe-schedule.ts';
import { cycleSeconds, type DueTest, testTimes } from '#core/measurement/test-times.ts';
import { round } from '#core/statistics.ts';

/** With more nodes than this a view without a node has no plans. */
const ALL_PLANS_UP_TO_NODES = 40;

export interface PlanViewSource {
  nodes: readonly ClusterNode[];
  probe: ProbeSettings;
  schedule: ProbeSchedule;
  coverage: PlanCoverage;
  leases: BandwidthLeases;
  ground: LeaseGround;
  nowMs: number;
}

/** Who probes whom now, and when bandwidth is tested; with the plan of `node` where one is named. */
export function planView(source: PlanViewSource, node: string | undefined): PlanView {
  const { nodes, probe, schedule, coverage, nowMs } = source;
  const probedBy = new Map(schedule.nodes.map((name): [string, string[]] => [name, []]));
  for (const { origin, destination } of schedule.links()) probedBy.get(destination)?.push(origin);
  const peers = rangeOf(schedule.nodes.map((name) => schedule.peersOf(name).length));
  const tests = nextTests(source);
  const plans = nodes
    .filter(({ name }) => (node === undefined ? nodes.length <= ALL_PLANS_UP_TO_NODES : name === node))
    .map(({ name }) => nodePlan(name, schedule, probedBy, tests));
  const turnMs = turnSeconds(probe) * 1000;
  return {
    generatedAt: new Date(nowMs).toISOString(),
    nodes: schedule.nodes.length,
    leftOut: nodes.filter((one) => !isProbed(one)).map((one) => ({ node: one.name, reason: whyLeftOut(one) })),
    probes: {
      everyPair: schedule.allPairs,
      intervalSeconds: probe.intervalSeconds,
      perNodeAndSecond: round(peers.max / probe.intervalSeconds, 3),
      peers,
      probedBy: rangeOf([...probedBy.values()].map(({ length }) => length)),
      plannedLinks: coverage.plannedLinks,
      measuredLinks: coverage.measuredLinks,
      everyPairWithinSeconds: coverageSeconds(schedule, probe),
      ...(schedule.allPairs
        ? {}
        : { turnSeconds: turnMs / 1000, nextTurnInSeconds: round((turnMs - (nowMs % turnMs)) / 1000, 1) }),
    },
    bandwidth: bandwidthView(source, tests),
    ...(plans.length === 0 ? {} : { plans }),
  };
}

interface TimedTest extends DueTest {
  inSeconds: number;
  /** Neither end has an answer of the other yet; timed as if they had. */
  waits: boolean;
}

/** Of each pair whose test fits the bytes of an hour, in the order of rounds. */
function nextTests({ leases, ground, nowMs }: PlanViewSource): TimedTest[] {
  const { probe, zoneOf } = ground;
  const pairs = ground.pairs.filter((pair) => leases.budget.fits(pair, probe));
  const tests = pairs.map((pair) => {
    const next = leases.turns.next(pair, ground, nowMs);
    const { origin, destination } = next ?? pair;
    const dueInSeconds = Math.max(0, ((next?.dueAtMs ?? nowMs) - nowMs) / 1000);
    const expectedBytes = next?.expectedBytes ?? leases.budget.expectedBytes(pair, probe);
    return { origin, destination, dueInSeconds, expectedBytes, waits: next === undefined };
  });
  const used = leases.budget.used(nowMs);
  const times = testTimes(tests, {
    probe,
    zoneOf,
    bytes: {
      cluster: { allowed: probe.bytesPerHour, used: used.cluster },
      of: (node) => ({ allowed: leases.budget.allowance(node, probe), used: used.nodes.get(node) ?? 0 }),
    },
  });
  return tests.map((test, index) => ({ ...test, inSeconds: round(times[index] as number, 0) }));
}

function bandwidthView({ leases, ground, schedule, nowMs }: PlanViewSource, tests: TimedTest[]): PlanView['bandwidth'] {
  const { probe, zoneOf } = ground;
  const { budget } = leases;
  const used = budget.used(nowMs);
  const testsInLastHour = budget.tests(nowMs);
  const testSeconds = probe.seconds + probe.omitSeconds;
  const cycle = cycleSeconds(
    tests,
    { probe, zoneOf },
    {
      cluster: probe.bytesPerHour,
      of: (node) => budget.allowance(node, probe),
    },
  );
  const shareOf = ([node, bytes]: [string, number]) => bytes / budget.allowance(node, probe);
  const busiest = [...used.nodes].sort((a, b) => shareOf(b) - shareOf(a))[0];
  const times = tests.map(({ inSeconds }) => inSeconds);
  return {
    pairs: ground.pairs.length,
    intervalSeconds: probe.intervalSeconds,
    cycle: {
      byRoundsSeconds: round(cycle.byRounds, 0),
      ...(probe.bytesPerHour === 0 ? {} : { byBudgetSeconds: round(cycle.byBudget, 0) }),
    },
    testsUnderWay: leases.activeCount,
    testsInLastHour,
    busyPercent: round((100 * 2 * testsInLastHour * testSeconds) / Math.max(1, schedule.nodes.length * 3600), 2),
    ...(busiest === undefined
      ? {}
      : {
          busiestNode: {
            node: busiest[0],
            megabytes: inMegabytes(busiest[1]),
            budgetMegabytes: inMegabytes(budget.allowance(busiest[0], probe)),
          },
        }),
    cluster: { megabytes: inMegabytes(used.cluster), budgetMegabytes: inMegabytes(probe.bytesPerHour) },
    ...(times.length === 0 ? {} : { nextTestInSeconds: least(times), lastTestInSeconds: most(times) }),
    tooLargePairs: probe.bytesPerHour === 0 ? 0 : ground.pairs.length - tests.length,
    waitingPairs: tests.filter(({ waits }) => waits).length,
  };
}

function nodePlan(
  node: string,
  schedule: ProbeSchedule,
  probedBy: ReadonlyMap<string, string[]>,
  tests: readonly TimedTest[],
): NodePlanView {
  const own = tests.filter(({ origin, destination }) => origin === node || destination === node);
  return {
    node,
    peers: schedule.peersOf(node).toSorted(),
    probedBy: (probedBy.get(node) ?? []).toSorted(),
    tests: own
      .map(({ origin, destination, inSeconds }) => ({
        peer: origin === node ? destination : origin,
        direction: origin === node ? ('send' as const) : ('receive' as const),
        inSeconds,
      }))
      .toSorted((a, b) => a.inSeconds - b.inSeconds),
  };
}

function whyLeftOut({ ready, draining }: ClusterNode): PlanView['leftOut'][number]['reason'] {
  return draining ? 'draining' : ready ? 'noAddress' : 'notReady';
}

function rangeOf(numbers: readonly number[]): { min: number; max: number } {
  return numbers.length === 0 ? { min: 0, max: 0 } : { min: least(numbers), max: most(numbers) };
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b));
}

function most(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b));
}

function inMegabytes(bytes: number): number {
  return round(bytes / 1e6, 1);
}
