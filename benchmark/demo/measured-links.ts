import type { LinkView, TopologyView } from '#core/api/topology-view.ts';
import { topologyView } from '#core/api/topology-view.ts';
import { parseInput } from '#core/validation.ts';
import type { LabLink, LabPlan } from '#lab/lab-file.ts';
import { until } from '#lab/until.ts';
import type { LinkResult } from './demo-result.ts';
import { compareLink } from './link-agreement.ts';

const POLL_PROGRESS_MS = 5_000;
const MEASURE_DEADLINE_MS = 180_000;
/** RTTs measured while a bandwidth test ran elsewhere on the same two cores are noisy: so many seconds of quiet follow. */
const QUIET_SECONDS = 6;
/** Below this many pings a loss of half a per cent is not told from none. */
const PINGS_AT_LEAST = 500;

/** Waits until every link of the lab is measured, RTT over enough pings and bandwidth, and compares them with the lab file. */
export async function measureLinks(options: {
  plan: LabPlan;
  aggregatorUrl: string;
  progress: (line: string) => void;
  signal: AbortSignal;
}): Promise<LinkResult[]> {
  const { plan, aggregatorUrl, progress, signal } = options;
  let told = performance.now();
  let quietSince: number | undefined;
  let measured = new Map<string, LinkView>();
  await until(
    'every link is measured',
    MEASURE_DEADLINE_MS,
    async () => {
      measured = indexLinks(await fetchTopology(aggregatorUrl));
      const tested = plan.links.filter((link) => measured.get(keyOf(link))?.bandwidthAgeSeconds !== undefined).length;
      const pinged = plan.links.filter((link) => (measured.get(keyOf(link))?.samples ?? 0) >= PINGS_AT_LEAST).length;
      const status = `RTT of ${pinged} and bandwidth of ${tested} of ${plan.links.length} links measured`;
      if (performance.now() - told > POLL_PROGRESS_MS) {
        told = performance.now();
        progress(status);
      }
      if (pinged < plan.links.length || tested < plan.links.length) return status;
      quietSince ??= performance.now();
      return performance.now() - quietSince < QUIET_SECONDS * 1000 ? 'waiting for a few quiet seconds' : undefined;
    },
    signal,
  );
  return plan.links.map((link) => compare(link, measured.get(keyOf(link))));
}

function compare(link: LabLink, view: LinkView | undefined): LinkResult {
  const { origin, destination, rttMs, lossPercent, bandwidthMbps } = link;
  const configured = { rttMs, lossPercent, bandwidthMbps };
  const measured = {
    rttMs: view?.rttMs ?? Number.NaN,
    lossPercent: view?.lossPercent ?? Number.NaN,
    bandwidthMbps: view?.bandwidthMbps ?? Number.NaN,
    jitterMs: view?.jitterMs ?? Number.NaN,
    samples: view?.samples ?? 0,
  };
  return { origin, destination, configured, measured, agrees: compareLink(configured, measured) };
}

async function fetchTopology(aggregatorUrl: string): Promise<TopologyView> {
  const url = `${aggregatorUrl}/v1/topology`;
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  return parseInput(topologyView, await response.json(), url);
}

function indexLinks(view: TopologyView): Map<string, LinkView> {
  return new Map(view.links.filter(({ source }) => source === 'measured').map((link) => [keyOf(link), link]));
}

function keyOf({ origin, destination }: { origin: string; destination: string }): string {
  return `${origin}\n${destination}`;
}
