import { z } from 'zod';
import { runBench } from './bench.ts';
import { describeResult } from './slices/report.ts';
import { SCENARIOS, type SlicesResult } from './slices/result.ts';
import { measureSizes } from './slices/sizes.ts';
import { measureWrites } from './slices/writes.ts';

// How large the objects are that tell of the network, and how often they are written.

const NODES = [100, 1000, 5000];
const PEERS = [16, 32];

await runBench({
  subject: 'slices',
  options: z.object({
    seed: z.coerce.number().int().min(0).default(1),
    minutes: z.coerce.number().int().min(10).max(600).default(60),
    peers: z.coerce.number().int().min(1).max(100).default(32),
  }),
  short: { minutes: 10 },
  run: async (settings, { head, tell }): Promise<SlicesResult> => {
    const sizes = NODES.flatMap((nodes) => PEERS.map((peers) => measureSizes({ nodes, peers, seed: settings.seed })));
    tell('sizes are known');
    const writes: SlicesResult['writes'] = [];
    for (const nodes of NODES) {
      for (const scenario of SCENARIOS) {
        const run = await measureWrites({ ...settings, nodes, scenario });
        writes.push(run);
        tell(`${nodes} nodes, ${scenario}: ${run.perNodeAndHour.toFixed(2)} writes per node and hour`);
      }
    }
    return { ...head, settings, sizes, writes };
  },
  describe: describeResult,
});
