import { seedProbes } from '#aggregator/links/seed-probes.ts';
import { type Measurement, RTT_METHODS } from '#core/api/agent.ts';
import type { MeasuredLink, NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { type BandwidthSummary, BandwidthWindows, type UdpReading } from '#core/measurement/bandwidth-windows.ts';
import { type ProbeSummary, ProbeWindows } from '#core/measurement/probe-windows.ts';
import type { InsertOutcome } from '#core/measurement/window-times.ts';
import { RETAINED_SECONDS } from '#core/topology/measured-links.ts';
import {
  BANDWIDTH,
  BANDWIDTH_AT,
  JITTER,
  LINK_FIELDS,
  LOSS,
  METHOD,
  RTT,
  RTT_AT,
  SAMPLES,
  type SliceReadings,
} from '#core/topology/slice-readings.ts';

/** When a link was last measured (Unix ms; -Infinity for never), and whether it answers. */
export interface LinkState {
  /** Also of a first probe, of which nothing is told before the second. */
  probedAtMs: number;
  rttMeasuredAtMs: number;
  bandwidthMeasuredAtMs: number;
  unreachable: boolean;
}

/** `disturbed` and `valueless` (a bandwidth test that failed) are accepted and left out: none but `added` changes a link. */
export type SampleOutcome = InsertOutcome | 'disturbed' | 'valueless';

/** What changed since it was last asked: the links of an origin, by destination, or all that is told of it. */
export type Changes = ReadonlyMap<string, ReadonlySet<string> | 'all'>;

/** The windows of all directed links, and which changed since they were last looked at. */
export class LinkStore {
  readonly #probes = new ProbeWindows();
  readonly #tests = new BandwidthWindows();
  /** Number of each link's windows, by origin and destination. */
  readonly #origins = new Map<string, Map<string, number>>();
  readonly #free: number[] = [];
  #count = 0;
  #changes = new Map<string, Set<string> | 'all'>();
  #changedOrigins = new Set<string>();
  #version = 0;

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** Links that something is known of. */
  get size(): number {
    return this.#count - this.#free.length;
  }

  /**
   * Takes a measurement of a time (Unix ms) that was found plausible. Where the origin has `linksLimit` links already, the one
   * that was not measured for longest gives way to a new one.
   */
  add(origin: string, measurement: Measurement, measuredAtMs: number, linksLimit: number): SampleOutcome {
    if (measurement.disturbedBy !== undefined) return 'disturbed';
    if (measurement.kind === 'bandwidth' && measurement.bandwidthBitsPerSecond === undefined) return 'valueless';
    const { destination } = measurement;
    const known = this.#origins.get(origin)?.get(destination);
    const window = known ?? this.#make(origin, destination, linksLimit);
    const outcome = this.#insert(window, measurement, measuredAtMs);
    if (outcome === 'added') this.#touch(origin, destination);
    return outcome;
  }

  /**
   * Takes what an earlier process published as the first samples of each link, unless there are samples already. What is not
   * newer will be refused. Times later than `latestMs` are of a clock that was set back since; probes older than a day before it say nothing.
   */
  seed({ origin, links }: NetworkTopologySlice, latestMs: number): void {
    for (const link of links) {
      if (this.#origins.get(origin)?.has(link.destination)) continue;
      const probedAtMs = seedTime(link.rttMeasuredAt, latestMs - RETAINED_SECONDS * 1000, latestMs);
      const testedAtMs =
        link.bandwidthBitsPerSecond === undefined ? undefined : seedTime(link.bandwidthMeasuredAt, -Infinity, latestMs);
      if (probedAtMs === undefined && testedAtMs === undefined) continue;
      const window = this.#make(origin, link.destination, Number.POSITIVE_INFINITY);
      if (probedAtMs !== undefined) {
        const probes = seedProbes(link, probedAtMs);
        this.#probes.clear(window, probedAtMs - probes.length);
        for (const probe of probes) this.#probes.add(window, probe);
      }
      if (testedAtMs !== undefined) {
        this.#tests.clear(window, testedAtMs - 1);
        this.#tests.add(window, testedAtMs, link.bandwidthBitsPerSecond as number);
      }
    }
    this.markChanged(origin);
  }

  state(origin: string, destination: string): LinkState | undefined {
    const window = this.#origins.get(origin)?.get(destination);
    return window === undefined ? undefined : this.#stateOf(window);
  }

  /** When a link was last probed (Unix ms), if that was answered and something is told of it; -Infinity otherwise. */
  answeredAtMs(origin: string, destination: string): number {
    const window = this.#origins.get(origin)?.get(destination);
    if (window === undefined || !this.#probes.isTold(window)) return Number.NEGATIVE_INFINITY;
    return this.#probes.answeredAtMs(window);
  }

  link(origin: string, destination: string): MeasuredLink | undefined {
    const window = this.#origins.get(origin)?.get(destination);
    return window === undefined ? undefined : this.#linkOf(window, destination);
  }

  /** The other ends of an origin's links, in no order. */
  destinations(origin: string): string[] {
    return [...(this.#origins.get(origin)?.keys() ?? [])];
  }

  /** Sorted by destination. */
  links(origin: string): MeasuredLink[] {
    const links = [...(this.#origins.get(origin) ?? [])].flatMap(
      ([destination, window]) => this.#linkOf(window, destination) ?? [],
    );
    return links.sort((a, b) => (a.destination < b.destination ? -1 : 1));
  }

  /** The same as numbers, in no order. */
  readings(origin: string): Pick<SliceReadings, 'destinations' | 'values'> {
    const links = this.#origins.get(origin);
    const destinations: string[] = [];
    const values = new Float64Array((links?.size ?? 0) * LINK_FIELDS).fill(Number.NaN);
    for (const [destination, window] of links ?? []) {
      const told = this.#toldOf(window);
      if (told === undefined) continue;
      const { probes, bandwidth } = told;
      const at = destinations.length * LINK_FIELDS;
      values[at + RTT] = probes.rttMicroseconds ?? Number.NaN;
      values[at + JITTER] = probes.jitterMicroseconds ?? Number.NaN;
      values[at + LOSS] = probes.lossPartsPerMillion ?? Number.NaN;
      values[at + BANDWIDTH] = bandwidth?.bandwidthBitsPerSecond ?? Number.NaN;
      values[at + RTT_AT] = probes.samples === 0 ? Number.NaN : probes.measuredAtMs;
      values[at + BANDWIDTH_AT] = bandwidth?.measuredAtMs ?? Number.NaN;
      values[at + SAMPLES] = probes.samples;
      if (probes.isTcp) values[at + METHOD] = RTT_METHODS.indexOf('tcp');
      destinations.push(destination);
    }
    return { destinations, values: values.subarray(0, destinations.length * LINK_FIELDS) };
  }

  /** Whether a link of the origin that was probed since then is told with its next probe, perhaps. */
  isConfirming(origin: string, sinceMs: number): boolean {
    const windows = this.#origins.get(origin)?.values();
    return (
      windows?.some((window) => this.#probes.isConfirming(window) && this.#probes.measuredAtMs(window) >= sinceMs) ??
      false
    );
  }

  /** What the probes of an origin's links say, by destination, in no order. */
  forEachProbed(origin: string, look: (destination: string, summary: ProbeSummary) => void): void {
    for (const [destination, window] of this.#origins.get(origin) ?? [])
      look(destination, this.#probes.summarize(window));
  }

  /** What the last UDP test of a link said. */
  udp(origin: string, destination: string): UdpReading | undefined {
    const window = this.#origins.get(origin)?.get(destination);
    return window === undefined ? undefined : this.#tests.udp(window);
  }

  /** The sender's of the last TCP test of a link. */
  congestionControl(origin: string, destination: string): string | undefined {
    const window = this.#origins.get(origin)?.get(destination);
    return window === undefined ? undefined : this.#tests.congestionControl(window);
  }

  /** Drops every link that `keep` does not want. */
  retain(keep: (origin: string, destination: string, state: LinkState) => boolean): void {
    for (const [origin, links] of this.#origins) {
      for (const [destination, window] of links) {
        if (!keep(origin, destination, this.#stateOf(window))) this.#drop(origin, destination);
      }
    }
  }

  /** All that is told of an origin is to be looked at. */
  markChanged(origin: string): void {
    this.#changes.set(origin, 'all');
    this.#bump(origin);
  }

  /** The origins that changed since the last call: as `takeChanges`, for another reader. */
  takeChangedOrigins(): ReadonlySet<string> {
    const origins = this.#changedOrigins;
    this.#changedOrigins = new Set();
    return origins;
  }

  /** What changed since the last call. */
  takeChanges(): Changes {
    const changes = this.#changes;
    this.#changes = new Map();
    return changes;
  }

  #insert(window: number, measurement: Measurement, measuredAtMs: number): InsertOutcome {
    if (measurement.kind === 'rtt') return this.#probes.add(window, { ...measurement, measuredAtMs });
    const { bandwidthBitsPerSecond = 0, congestionControl, jitterMicroseconds, lossPartsPerMillion } = measurement;
    if (measurement.protocol !== 'udp') {
      return this.#tests.add(window, measuredAtMs, bandwidthBitsPerSecond, congestionControl);
    }
    return this.#tests.addUdp(window, { measuredAtMs, jitterMicroseconds, lossPartsPerMillion });
  }

  #make(origin: string, destination: string, linksLimit: number): number {
    let links = this.#origins.get(origin);
    if (links === undefined) {
      links = new Map();
      this.#origins.set(origin, links);
    }
    if (links.size >= linksLimit) this.#drop(origin, this.#oldestOf(links));
    const window = this.#free.pop() ?? this.#count++;
    this.#probes.clear(window);
    this.#tests.clear(window);
    this.#origins.set(origin, links.set(destination, window));
    return window;
  }

  #oldestOf(links: ReadonlyMap<string, number>): string {
    let oldest = '';
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const [destination, window] of links) {
      const measuredAtMs = Math.max(this.#probes.measuredAtMs(window), this.#tests.measuredAtMs(window));
      if (measuredAtMs < oldestMs) [oldest, oldestMs] = [destination, measuredAtMs];
    }
    return oldest;
  }

  #drop(origin: string, destination: string): void {
    const links = this.#origins.get(origin);
    const window = links?.get(destination);
    if (links === undefined || window === undefined) return;
    links.delete(destination);
    if (links.size === 0) this.#origins.delete(origin);
    this.#free.push(window);
    this.markChanged(origin);
  }

  #stateOf(window: number): LinkState {
    const probedAtMs = this.#probes.measuredAtMs(window);
    return {
      probedAtMs,
      rttMeasuredAtMs: this.#probes.isTold(window) ? probedAtMs : Number.NEGATIVE_INFINITY,
      bandwidthMeasuredAtMs: this.#tests.measuredAtMs(window),
      unreachable: this.#probes.isUnreachable(window),
    };
  }

  /** Undefined where there is nothing to tell. */
  #toldOf(window: number): { probes: ProbeSummary; bandwidth: BandwidthSummary | undefined } | undefined {
    const [probes, bandwidth] = [this.#probes.summarize(window), this.#tests.summarize(window)];
    return probes.samples === 0 && bandwidth === undefined ? undefined : { probes, bandwidth };
  }

  #linkOf(window: number, destination: string): MeasuredLink | undefined {
    const told = this.#toldOf(window);
    if (told === undefined) return undefined;
    const { probes, bandwidth } = told;
    const { rttMicroseconds, jitterMicroseconds, lossPartsPerMillion, samples, isTcp, measuredAtMs } = probes;
    return {
      destination,
      rttMicroseconds,
      jitterMicroseconds,
      lossPartsPerMillion,
      bandwidthBitsPerSecond: bandwidth?.bandwidthBitsPerSecond,
      ...(isTcp ? { rttMethod: 'tcp' as const } : {}),
      rttMeasuredAt: samples === 0 ? undefined : timestamp(measuredAtMs),
      bandwidthMeasuredAt: bandwidth && timestamp(bandwidth.measuredAtMs),
      samples,
    };
  }

  #touch(origin: string, destination: string): void {
    const links = this.#changes.get(origin);
    if (links === undefined) this.#changes.set(origin, new Set([destination]));
    else if (links !== 'all') links.add(destination);
    this.#bump(origin);
  }

  #bump(origin: string): void {
    this.#version += 1;
    this.#changedOrigins.add(origin);
  }
}

function seedTime(published: string | undefined, earliestMs: number, latestMs: number): number | undefined {
  const measuredAtMs = published === undefined ? Number.NaN : Date.parse(published);
  return measuredAtMs >= earliestMs && measuredAtMs <= latestMs ? measuredAtMs : undefined;
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
