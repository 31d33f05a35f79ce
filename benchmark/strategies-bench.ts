import { z } from 'zod';
import { createRandom } from '#core/random.ts';
import { runBench } from './bench.ts';
import { ONLINE_BOUTIQUE } from './presets/online-boutique.ts';
import { makeCase } from './strategies/cases.ts';
import { ARMS, type ArmName, costOf } from './strategies/place-app.ts';
import { describeResult } from './strategies/report.ts';
import type { StrategiesResult } from './strategies/result.ts';

// Which strategy places best: the network cost of Online Boutique, placed pod by pod by the embedded scheduler with each
// strategy's scores, on seeded zoned networks. Decides docs/adr/0006-default-strategy.md.

await runBench({
  subject: 'strategies',
  options: z.object({ cases: z.coerce.number().int().min(1).max(10_000).default(200) }),
  short: { cases: 10 },
  run: (settings, { head }): StrategiesResult => ({
    ...head,
    settings,
    app: ONLINE_BOUTIQUE.name,
    cases: Array.from({ length: settings.cases }, (_, index) => {
      const seed = index + 1;
      const given = makeCase(seed);
      const costs = ARMS.map((arm) => [arm, costOf(arm, given, createRandom(seed))]);
      return { seed, cost: Object.fromEntries(costs) as Record<ArmName, number> };
    }),
  }),
  describe: describeResult,
});
