import { probeSettings } from '#core/api/network-topology.ts';
import { coverageSeconds, type ProbeSchedule, scheduleOf, turnSeconds } from '#core/measurement/probe-schedule.ts';
import { median } from '#core/statistics.ts';
import { longestWait } from './longest-wait.ts';
import { newPeers } from './new-peers.ts';
import type { PlanRun } from './result.ts';

export interface PlanOptions {
  nodes: number;
  peersPerNode: number;
  /** In so many clusters a node comes, and one goes, each in another turn. */
  draws: number;
  /** Whether all turns are made, to see that every pair was in one. */
  through: boolean;
}

/** Any moment will do. */
const START_MS = Date.UTC(2026, 0, 1);

/** Who probes whom, as the aggregator plans it. */
export function measurePlan({ nodes, peersPerNode, draws, through }: PlanOptions): PlanRun {
  const probe = probeSettings.parse({ peersPerNode });
  const times: number[] = [];
  const planOf = (some: readonly string[], turn: number) => {
    const startedAt = performance.now();
    const schedule = scheduleOf(some, probe, START_MS + turn * turnSeconds(probe) * 1000);
    times.push(performance.now() - startedAt);
    return schedule;
  };
  const first = planOf(namesOf(nodes, 0), 0);
  const drawn = Array.from({ length: draws }, (_, draw) => {
    const names = namesOf(nodes, draw);
    const before = planOf(names, draw);
    return {
      probedBy: timesProbed(before),
      comes: newPeers(before, planOf([...names, 'newcomer'], draw)),
      goes: newPeers(before, planOf(names.slice(1), draw)),
    };
  });
  return {
    nodes,
    peersPerNode,
    allPairs: first.allPairs,
    links: linksOf(first).length,
    probedBy: {
      least: Math.min(...drawn.map(({ probedBy }) => Math.min(...probedBy))),
      most: Math.max(...drawn.map(({ probedBy }) => Math.max(...probedBy))),
    },
    coverageSeconds: coverageSeconds(first, probe),
    ...(through && { coveredSeconds: coveredSeconds() }),
    newPeers: { comes: spread(drawn.map(({ comes }) => comes)), goes: spread(drawn.map(({ goes }) => goes)) },
    milliseconds: spread(times),
  };

  /** By twice as many turns as the plan tells. As there, a turn that has begun counts for nothing. */
  function coveredSeconds(): number {
    const turns = Array.from({ length: 2 * first.turnsToCoverAllPairs }, (_, turn) => turn);
    const wait = longestWait(
      nodes,
      turns.values().map((turn) => linksOf(planOf(first.nodes, turn))),
    );
    return first.allPairs ? wait * probe.intervalSeconds : (wait + 1) * turnSeconds(probe);
  }
}

/** What a plan depends on: other names are another draw. */
function namesOf(nodes: number, draw: number): string[] {
  return Array.from({ length: nodes }, (_, index) => `node-${draw}-${index}`);
}

function linksOf({ nodes, peersOf }: ProbeSchedule): [number, number][] {
  const positions = new Map(nodes.map((node, position) => [node, position]));
  return nodes.flatMap((node, origin) =>
    peersOf(node).map((peer): [number, number] => [origin, positions.get(peer) as number]),
  );
}

/** Of each node. */
function timesProbed(schedule: ProbeSchedule): number[] {
  const times = schedule.nodes.map(() => 0);
  for (const [, destination] of linksOf(schedule)) times[destination] = (times[destination] as number) + 1;
  return times;
}

function spread(numbers: readonly number[]): { median: number; most: number } {
  return { median: median(numbers) ?? 0, most: Math.max(...numbers) };
}
