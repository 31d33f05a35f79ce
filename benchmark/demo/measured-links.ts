import type { LinkView, TopologyView } from '#core/api/topology-view.ts';
import { topologyView } from '#core/api/topology-view.ts';
import { parseInput } from '#core/validation.ts';
import type { LabLink, LabPlan } from '#lab/lab-file.ts';
import { until } from '#lab/until.ts';
import type { LinkResult } from './demo-result.ts';
import { compareLink } from './link-agreement.ts';

const POLL_PROGRESS_MS = 5_000;
const DEADLINE_MS = 180_000;
/** Several probes of each link, so that RTT is the median of quiet ones; loss is judged by the interval for so many. */
const PINGS_AT_LEAST = 500;

interface Measuring {
  plan: LabPlan;
  aggregatorUrl: string;
  progress: (line: string) => void;
  signal: AbortSignal;
}

/** Waits until the bandwidth of every link of the lab was tested. */
export async function untilBandwidthIsMeasured(measuring: Measuring): Promise<void> {
  await untilAll(measuring, 'bandwidth', (link) => link?.bandwidthAgeSeconds !== undefined);
}

/** Waits until every link of the lab was pinged many times more, and compares what is measured with the lab file. */
export async function measureLinks(measuring: Measuring): Promise<LinkResult[]> {
  const before = indexLinks(await fetchTopology(measuring.aggregatorUrl));
  const samplesBefore = (link: LinkView) => before.get(keyOf(link))?.samples ?? 0;
  const isPinged = (link: LinkView | undefined) =>
    link !== undefined && (link.samples ?? 0) - samplesBefore(link) >= PINGS_AT_LEAST;
  const measured = await untilAll(measuring, 'RTT and loss', isPinged);
  return measuring.plan.links.map((link) => compare(link, measured.get(keyOf(link))));
}

async function untilAll(
  { plan, aggregatorUrl, progress, signal }: Measuring,
  what: string,
  isMeasured: (link: LinkView | undefined) => boolean,
): Promise<Map<string, LinkView>> {
  let told = performance.now();
  let links = new Map<string, LinkView>();
  const missing = async () => {
    links = indexLinks(await fetchTopology(aggregatorUrl));
    const done = plan.links.filter((link) => isMeasured(links.get(keyOf(link)))).length;
    const status = `${what} of ${done} of ${plan.links.length} links measured`;
    if (performance.now() - told > POLL_PROGRESS_MS) {
      told = performance.now();
      progress(status);
    }
    return done === plan.links.length ? undefined : status;
  };
  await until(`${what} of every link is measured`, DEADLINE_MS, missing, signal);
  return links;
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
