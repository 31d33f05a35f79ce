import { z } from 'zod';
import { type Agents, simulateAgents } from './aggregator/agents.ts';
import { type BenchCluster, startBenchCluster } from './aggregator/bench-cluster.ts';
import { measureFreshness } from './aggregator/freshness.ts';
import { measureGrowth, measureSize } from './aggregator/load.ts';
import { type RecordedLinks, recordedLinks } from './aggregator/recorded-links.ts';
import { describeResult } from './aggregator/report.ts';
import type { AggregatorResult } from './aggregator/result.ts';
import { runBench } from './bench.ts';

// The aggregator, a process of its own, under the reports of thousands of simulated agents over HTTP.

interface Site {
  cluster: BenchCluster;
  agents: Agents;
  links: RecordedLinks;
}

const count = z.coerce.number<string>().int();
const options = z.object({
  nodes: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(count.min(40).max(10_000)))
    .default([1000, 5000, 10_000]),
  rounds: z.coerce.number().int().min(1).max(1000).default(13),
  'detail-nodes': z.coerce.number().int().min(40).max(10_000).default(1000),
  'growth-rounds': z.coerce.number().int().min(4).max(5000).default(240),
  'freshness-seconds': z.coerce.number().int().min(8).max(3600).default(50),
  seed: z.coerce.number().int().min(0).default(1),
});

await runBench({
  subject: 'aggregator',
  options,
  short: { nodes: '200', rounds: '4', 'detail-nodes': '200', 'growth-rounds': '8', 'freshness-seconds': '12' },
  run: async (settings, { head, tell }): Promise<AggregatorResult> => {
    const { nodes, rounds, seed } = settings;
    const [detailNodes, growthRounds] = [settings['detail-nodes'], settings['growth-rounds']];
    const freshnessSeconds = settings['freshness-seconds'];

    /** Work on a cluster of its own, which is gone afterwards. */
    async function on<Result>(size: number, work: (site: Site) => Promise<Result>): Promise<Result> {
      const made = await start(size);
      try {
        return await work(made);
      } finally {
        made.agents.stop();
        await made.cluster.stop();
      }
    }
    async function start(size: number): Promise<Site> {
      tell(`${size} nodes: starting`);
      const links = recordedLinks(size, seed);
      const cluster = await startBenchCluster(size, links.zoneOf);
      return { links, cluster, agents: simulateAgents(cluster.aggregator.url, cluster.names, links) };
    }

    const sizes = [];
    for (const size of nodes) {
      sizes.push(await on(size, ({ cluster, agents }) => measureSize(cluster, agents, rounds)));
      tell(`${size} nodes: ${JSON.stringify(sizes.at(-1))}`);
    }
    const growth = await on(detailNodes, ({ cluster, agents }) => measureGrowth(cluster, agents, growthRounds));
    tell(`growth: ${JSON.stringify(growth)}`);
    const freshness = await on(detailNodes, ({ cluster, agents, links }) =>
      measureFreshness(cluster, agents, links, freshnessSeconds),
    );
    tell(`freshness: ${JSON.stringify(freshness)}`);
    return {
      ...head,
      settings: { nodes, rounds, detailNodes, growthRounds, freshnessSeconds, seed },
      sizes,
      growth,
      freshness,
    };
  },
  describe: describeResult,
});
