import type { Figures } from '#benchmark/goals.ts';
import type { PlanResult } from './result.ts';

const COVERED = 'found / told time until every pair was probed, worst';

/** What goals are set for. */
export function figuresOf({ plans, cycles }: PlanResult): Figures {
  const covered = plans.flatMap(({ coverageSeconds, coveredSeconds }) =>
    coveredSeconds === undefined ? [] : [coveredSeconds / coverageSeconds],
  );
  return new Map<string, number>([
    ['probed by: most less least, worst', Math.max(...plans.map(({ probedBy }) => probedBy.most - probedBy.least))],
    ...(covered.length === 0 ? [] : [[COVERED, Math.max(...covered)] as const]),
    ...plans.map((run): [string, number] => [
      `${run.nodes} nodes, ${run.peersPerNode} peers: new peers of others when a node comes / own, median`,
      run.newPeers.comes.median / run.peersPerNode,
    ]),
    [
      'new peers of others / own squared, most',
      Math.max(
        ...plans.map(
          ({ newPeers, peersPerNode }) => Math.max(newPeers.comes.most, newPeers.goes.most) / peersPerNode ** 2,
        ),
      ),
    ],
    ...cycles.flatMap(({ name, seconds }): [string, number][] =>
      seconds === undefined ? [] : [[`100 nodes, ${name}: seconds of a cycle`, seconds]],
    ),
  ]);
}
