import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runBench } from './bench.ts';
import { measureLatencies } from './extender/latencies.ts';
import { latencyPlot } from './extender/plot.ts';
import { describeResult } from './extender/report.ts';
import type { ExtenderResult } from './extender/result.ts';
import { measureUnderChange } from './extender/under-change.ts';

// How long the extender takes for single calls, and how soon it knows of a network that keeps changing.

const PLOT = 'extender-latency.svg';
const SLICES_PER_SECOND = 1000;

const nodeCounts = z
  .string()
  .transform((list) => list.split(',').map(Number))
  .pipe(z.array(z.int().min(10).max(20_000)).min(1));

await runBench({
  subject: 'extender',
  options: z.object({
    nodes: nodeCounts.prefault('100,250,500,1000,2500,5000,10000'),
    changing: nodeCounts.prefault('1000,5000'),
    runs: z.coerce.number().int().min(1).max(100).default(5),
    calls: z.coerce.number().int().min(10).max(100_000).default(500),
    seconds: z.coerce.number().int().min(1).max(600).default(20),
  }),
  short: { nodes: '1000', changing: '1000', runs: 1, seconds: 5 },
  run: async ({ nodes, changing, runs, calls, seconds }, { head, tell }) => {
    const folder = mkdtempSync(join(tmpdir(), 'netaware-extender-bench-'));
    process.once('exit', () => rmSync(folder, { recursive: true }));
    const result: ExtenderResult = {
      ...head,
      settings: { nodes, runs, calls, seconds },
      latencies: [],
      memory: [],
      underChange: [],
    };
    for (const count of changing) {
      tell(`${count} nodes, ${SLICES_PER_SECOND} slices per second`);
      result.underChange.push(await measureUnderChange(count, { slicesPerSecond: SLICES_PER_SECOND, seconds, folder }));
    }
    for (const count of nodes) {
      tell(`${count} nodes, call by call`);
      const { latencies, ...memory } = await measureLatencies(count, { calls, runs, folder });
      result.latencies.push(...latencies);
      result.memory.push({ nodes: count, ...memory });
    }
    return result;
  },
  describe: (result) => describeResult(result, PLOT),
  pictures: ({ latencies }) => ({ [PLOT]: latencyPlot(latencies) }),
});
