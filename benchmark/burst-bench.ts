import { parseArgs } from 'node:util';
import { z } from 'zod';
import { median } from '#core/statistics.ts';
import { parseInput } from '#core/validation.ts';
import { describeWay, runBursts, WAY_NAMES } from './scheduler/burst.ts';

// Whether pods that come all at once are placed as well as pods that come one after the other.

const options = z.object({
  nodes: z.coerce.number().int().min(40).max(1000).default(60),
  replicas: z.coerce.number().int().min(1).max(20).default(10),
  rounds: z.coerce.number().int().min(1).max(100).default(5),
  seed: z.coerce.number().int().min(0).default(1),
});

const { values } = parseArgs({
  options: {
    nodes: { type: 'string' },
    replicas: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const { kubernetes, nodes, pods, runs } = await runBursts(parseInput(options, values, 'burst-bench options'), (line) =>
  process.stderr.write(`${line}\n`),
);
const rows = WAY_NAMES.map((way) => {
  const costs = runs.filter((run) => run.way === way).map(({ placementCost }) => placementCost);
  const figures = [median(costs) ?? Number.NaN, Math.min(...costs), Math.max(...costs)].map((cost) => cost.toFixed(3));
  return `| ${describeWay(way)} | ${figures[0]} (${figures[1]}–${figures[2]}) |`;
});
process.stdout.write(
  `${[
    `${pods} pods of one group on ${nodes} nodes, kube-scheduler ${kubernetes}; network cost of the placement, median (range) of ${runs.length / WAY_NAMES.length} rounds`,
    '',
    '| the pods come | placement cost |',
    '| --- | --- |',
    ...rows,
  ].join('\n')}\n`,
);
