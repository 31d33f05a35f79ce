import type { Aggregation } from '#aggregator/aggregation.ts';
import { FIELD_MANAGER } from '#aggregator/field-manager.ts';
import { linkMatters, materialChange } from '#aggregator/publishing/material-change.ts';
import { PublishedSlices } from '#aggregator/publishing/published-slices.ts';
import { sliceOf } from '#aggregator/publishing/slice-content.ts';
import { WriteBudget, type WriteRate } from '#aggregator/publishing/write-budget.ts';
import { NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { AppError } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

/** Slices written at once. */
const PARALLEL = 16;
/** Of one slice: a step right after another change is told at once, a network that is never calm every interval. */
const SLICE_BURST = 3;
/** Of all: 10,000 quiet slices are written anew 67 times a second, so that their measurements stay fresh. */
const ALL_SLICES: WriteRate = { burst: 200, everyMs: 10 };

/** New links wait so many intervals at most for others that were probed meanwhile; not where probes are rare. */
const GATHERED_INTERVALS = 2;
const GATHERED_INTERVAL_SECONDS = 60;

/**
 * Keeps the slices in the API server as the aggregation has them: a change that matters is written at once, new links together, unless the slice
 * or all slices together were written too often of late. What has to wait is written in the order in which it came, as it
 * is then.
 */
export class SliceWriter {
  readonly #client: KubernetesClient;
  readonly #aggregation: Aggregation;
  readonly #sliceRate: WriteRate;
  readonly #allSlices = new WriteBudget(ALL_SLICES);
  /** Of slices that were written. */
  readonly #budgets = new Map<string, WriteBudget>();
  readonly #published = new PublishedSlices();
  /** Origins whose slices are to be written, in the order in which they came. */
  readonly #due = new Set<string>();
  /** Since when the new links of an origin wait for others. */
  readonly #newcomersSinceMs = new Map<string, number>();
  #seen = new Set<string>();
  /** The API server was away: not tried before. */
  #retryAtMs = Number.NEGATIVE_INFINITY;

  /** The clock, Unix ms. */
  readonly #now: () => number;
  readonly #listeningSinceMs: number;

  /** One slice is written every `intervalMs` where it never rests. */
  constructor(client: KubernetesClient, aggregation: Aggregation, intervalMs: number, now: () => number = Date.now) {
    this.#client = client;
    this.#aggregation = aggregation;
    this.#sliceRate = { burst: SLICE_BURST, everyMs: intervalMs };
    this.#now = now;
    this.#listeningSinceMs = now();
  }

  /** Takes what the API server holds at the start. */
  adopt(slices: readonly NetworkTopologySlice[]): void {
    for (const slice of slices) this.#published.set(slice);
  }

  /** Compares with what the API server holds now: a slice that somebody deleted is to be written again. */
  observe(names: readonly string[]): void {
    const present = new Set(names);
    for (const name of this.#seen) {
      if (present.has(name)) continue;
      this.#published.delete(name);
      this.#aggregation.store.markChanged(name);
    }
    this.#seen = present;
  }

  /**
   * Writes and deletes what has to be and may be now (milliseconds that never go back); tells whether something is left for
   * later. What fails is kept for the next time; throws the last failure.
   */
  async write(nowMs: number): Promise<'done' | 'again'> {
    this.#collect();
    if (nowMs < this.#retryAtMs) return 'again';
    const failures: unknown[] = [];
    const tasks = this.#tasks(nowMs);
    const next = async (): Promise<void> => {
      for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
        try {
          await task.run();
        } catch (err) {
          failures.push(err);
          this.#due.add(task.origin);
          if (!(err instanceof AppError && err.code === 'UNAVAILABLE')) continue;
          this.#retryAtMs = nowMs + this.#sliceRate.everyMs;
          break;
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, next));
    for (const { origin } of tasks) this.#due.add(origin);
    if (failures.length > 0) throw failures.at(-1);
    return this.#due.size > 0 ? 'again' : 'done';
  }

  /** Which slices no longer say what matters. A link that changed is compared alone: most changes do not matter. */
  #collect(): void {
    const { store } = this.#aggregation;
    for (const [origin, destinations] of store.takeChanges()) {
      if (this.#due.has(origin)) continue;
      const published = this.#published.head(origin);
      const matters =
        destinations === 'all' || published === undefined || this.#linksMatter(origin, destinations, published);
      if (!matters) continue;
      this.#due.add(origin);
      this.#newcomersSinceMs.delete(origin);
    }
  }

  #linksMatter(
    origin: string,
    destinations: ReadonlySet<string>,
    published: Pick<NetworkTopologySlice, 'observedAt'>,
  ): boolean {
    const { store, spec } = this.#aggregation;
    const nowMs = this.#now();
    let isNewcomer = false;
    for (const destination of destinations) {
      const [before, after] = [this.#published.link(origin, destination), store.link(origin, destination)];
      if (before === undefined) isNewcomer ||= after !== undefined;
      else if (after === undefined || linkMatters(published, [before, after], spec.probe, nowMs)) return true;
    }
    return isNewcomer && !this.#waitsForOthers(origin, nowMs);
  }

  /** Peers that take turns come together: new links that are told first wait for the others, a while. */
  #waitsForOthers(origin: string, nowMs: number): boolean {
    const { store, spec } = this.#aggregation;
    const { intervalSeconds } = spec.probe;
    if (intervalSeconds > GATHERED_INTERVAL_SECONDS) return false;
    const longestMs = GATHERED_INTERVALS * intervalSeconds * 1000;
    const sinceMs = this.#newcomersSinceMs.get(origin) ?? nowMs;
    this.#newcomersSinceMs.set(origin, sinceMs);
    // Either way: the clock may have been set back.
    return Math.abs(nowMs - sinceMs) < longestMs && store.isConfirming(origin, nowMs - longestMs);
  }

  /** The first is the last in the list. */
  #tasks(nowMs: number): { origin: string; run(): Promise<void> }[] {
    const tasks = [...this.#seen]
      .filter((name) => this.#aggregation.node(name) === undefined)
      .map((origin) => ({ origin, run: () => this.#delete(origin) }));
    for (const origin of this.#due) {
      if (!this.#allSlices.allows(nowMs)) break;
      const budget = this.#budgets.get(origin);
      if (budget?.allows(nowMs) === false) continue;
      this.#due.delete(origin);
      const slice = this.#sliceToWrite(origin);
      if (slice === undefined) continue;
      this.#spend(origin, nowMs);
      tasks.push({ origin, run: () => this.#apply(origin, slice) });
    }
    return tasks.reverse();
  }

  /** Undefined where the API server has it already, or nobody is to have it. */
  #sliceToWrite(origin: string): NetworkTopologySlice | undefined {
    const node = this.#aggregation.node(origin);
    if (node === undefined) return undefined;
    const times = { nowMs: this.#now(), listeningSinceMs: this.#listeningSinceMs };
    const { store, coordinates, interfaces, spec } = this.#aggregation;
    const slice = sliceOf(node, store.links(origin), {
      coordinate: coordinates.of(origin),
      room: interfaces.of(origin),
      writtenAtMs: times.nowMs,
    });
    return materialChange(this.#published.get(origin), slice, spec.probe, times) === undefined ? undefined : slice;
  }

  #spend(origin: string, nowMs: number): void {
    const budget = this.#budgets.get(origin) ?? new WriteBudget(this.#sliceRate);
    budget.spend(nowMs);
    this.#allSlices.spend(nowMs);
    this.#budgets.set(origin, budget);
  }

  async #apply(origin: string, slice: NetworkTopologySlice): Promise<void> {
    await this.#client.apply(pathOf(origin), FIELD_MANAGER, slice);
    this.#published.set(slice);
  }

  async #delete(name: string): Promise<void> {
    try {
      await this.#client.delete(pathOf(name));
    } catch (err) {
      // The garbage collector was faster.
      if (!(err instanceof AppError && err.code === 'NOT_FOUND')) throw err;
    }
    this.#published.delete(name);
    this.#budgets.delete(name);
    this.#newcomersSinceMs.delete(name);
    this.#seen.delete(name);
  }
}

function pathOf(name: string): string {
  return `${resourcePath(NETWORK_TOPOLOGY_SLICE)}/${encodeURIComponent(name)}`;
}
