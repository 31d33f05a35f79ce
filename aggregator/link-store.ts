import type { MeasuredLink, NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import {
  addSample,
  createLinkWindow,
  type LinkSample,
  type LinkWindow,
  type SampleOutcome,
  summarize,
} from '#core/measurement/link-window.ts';

/** When a link was last measured (Unix ms; -Infinity for never), and whether it answers. */
export interface LinkState {
  rttMeasuredAtMs: number;
  bandwidthMeasuredAtMs: number;
  unreachable: boolean;
}

interface StoredLink {
  window: LinkWindow;
  rttMeasuredAtMs: number;
  bandwidthMeasuredAtMs: number;
  /** Made when it is first asked for after a sample. */
  summary: MeasuredLink | undefined;
  /** What is not newer than this was published by an earlier process. */
  seededUntilMs: Record<LinkSample['kind'], number>;
}

const NEVER = Number.NEGATIVE_INFINITY;
const ALL_LOST = 1_000_000;
/** So many lost probes make a link unreachable, not just lossy. */
const UNANSWERED_SEEDS = 3;

/** The windows of all directed links, and which origins changed since they were last looked at. */
export class LinkStore {
  readonly #origins = new Map<string, Map<string, StoredLink>>();
  readonly #changed = new Set<string>();
  #version = 0;

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** `latestMs`: a later sample is refused as `future`. */
  add(origin: string, sample: LinkSample, latestMs: number): SampleOutcome {
    const known = this.#origins.get(origin)?.get(sample.destination);
    if (known !== undefined && Date.parse(sample.measuredAt) <= known.seededUntilMs[sample.kind]) return 'stale';
    const link = known ?? newLink();
    const outcome = addToLink(link, sample, latestMs);
    if (outcome !== 'added') return outcome;
    if (known === undefined) this.#put(origin, sample.destination, link);
    this.#touch(origin);
    return outcome;
  }

  /** Takes what an earlier process published as the first sample of each link, unless there are samples already. */
  seed({ origin, links }: NetworkTopologySlice, latestMs: number): void {
    for (const published of links) {
      if (this.#origins.get(origin)?.has(published.destination)) continue;
      const link = newLink();
      for (const sample of seedSamples(published)) addToLink(link, sample, latestMs);
      link.seededUntilMs = { rtt: link.rttMeasuredAtMs, bandwidth: link.bandwidthMeasuredAtMs };
      if (link.rttMeasuredAtMs !== NEVER || link.bandwidthMeasuredAtMs !== NEVER) {
        this.#put(origin, published.destination, link);
      }
    }
    this.#touch(origin);
  }

  state(origin: string, destination: string): LinkState | undefined {
    const link = this.#origins.get(origin)?.get(destination);
    return link && stateOf(link, destination);
  }

  /** Sorted by destination; shared with the store, not to be written to. */
  links(origin: string): MeasuredLink[] {
    const links = [...(this.#origins.get(origin) ?? [])].map(([destination, link]) => summaryOf(link, destination));
    return links.toSorted((a, b) => (a.destination < b.destination ? -1 : 1));
  }

  /** Drops every link that `keep` does not want. */
  retain(keep: (origin: string, destination: string, state: LinkState) => boolean): void {
    for (const [origin, links] of this.#origins) {
      for (const [destination, link] of links) {
        if (keep(origin, destination, stateOf(link, destination))) continue;
        links.delete(destination);
        this.#touch(origin);
      }
      if (links.size === 0) this.#origins.delete(origin);
    }
  }

  markChanged(origin: string): void {
    this.#changed.add(origin);
  }

  /** The origins that changed since the last call. */
  takeChanged(): string[] {
    const origins = [...this.#changed];
    this.#changed.clear();
    return origins;
  }

  #put(origin: string, destination: string, link: StoredLink): void {
    const links = this.#origins.get(origin);
    if (links) links.set(destination, link);
    else this.#origins.set(origin, new Map([[destination, link]]));
  }

  #touch(origin: string): void {
    this.#changed.add(origin);
    this.#version += 1;
  }
}

function newLink(): StoredLink {
  return {
    window: createLinkWindow(),
    rttMeasuredAtMs: NEVER,
    bandwidthMeasuredAtMs: NEVER,
    summary: undefined,
    seededUntilMs: { rtt: NEVER, bandwidth: NEVER },
  };
}

function addToLink(link: StoredLink, sample: LinkSample, latestMs: number): SampleOutcome {
  const outcome = addSample(link.window, sample, latestMs);
  if (outcome !== 'added') return outcome;
  const time = sample.kind === 'rtt' ? 'rttMeasuredAtMs' : 'bandwidthMeasuredAtMs';
  link[time] = Math.max(link[time], Date.parse(sample.measuredAt));
  link.summary = undefined;
  return outcome;
}

function summaryOf(link: StoredLink, destination: string): MeasuredLink {
  link.summary ??= { destination, ...summarize(link.window) };
  return link.summary;
}

function stateOf(link: StoredLink, destination: string): LinkState {
  const { rttMeasuredAtMs, bandwidthMeasuredAtMs } = link;
  const unreachable = summaryOf(link, destination).lossPartsPerMillion === ALL_LOST;
  return { rttMeasuredAtMs, bandwidthMeasuredAtMs, unreachable };
}

/** Samples whose summary is the published link. */
function seedSamples(link: MeasuredLink): LinkSample[] {
  const { destination, bandwidthMeasuredAt, bandwidthBitsPerSecond } = link;
  const samples = probeSeeds(link);
  if (bandwidthMeasuredAt === undefined || bandwidthBitsPerSecond === undefined) return samples;
  const measuredAt = bandwidthMeasuredAt;
  return [...samples, { kind: 'bandwidth', destination, measuredAt, leaseId: 'published', bandwidthBitsPerSecond }];
}

function probeSeeds(link: MeasuredLink): LinkSample[] {
  const { destination, rttMeasuredAt: measuredAt, rttMicroseconds, jitterMicroseconds } = link;
  if (measuredAt === undefined) return [];
  const transmitted = Math.max(1, link.samples);
  const base = { kind: 'rtt', destination } as const;
  if (rttMicroseconds === undefined || link.lossPartsPerMillion === ALL_LOST) {
    return Array.from({ length: UNANSWERED_SEEDS }, (_, back) => ({
      ...base,
      measuredAt: new Date(Date.parse(measuredAt) - back).toISOString(),
      transmitted: Math.ceil(transmitted / UNANSWERED_SEEDS),
      received: 0,
    }));
  }
  const answered = Math.round(transmitted * (1 - (link.lossPartsPerMillion ?? 0) / ALL_LOST));
  return [{ ...base, measuredAt, transmitted, received: Math.max(1, answered), rttMicroseconds, jitterMicroseconds }];
}
