import type { Aggregation } from '#aggregator/aggregation.ts';
import { FIELD_MANAGER } from '#aggregator/field-manager.ts';
import { materialChange } from '#aggregator/material-change.ts';
import { sliceOf } from '#aggregator/slice-content.ts';
import { NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { AppError } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

/** Slices written at once. */
const PARALLEL = 8;

/** Keeps the slices in the API server as the aggregation has them. */
export class SliceWriter {
  readonly #client: KubernetesClient;
  readonly #aggregation: Aggregation;
  /** What the API server holds, by origin, as far as this process wrote or read it. */
  readonly #published = new Map<string, NetworkTopologySlice>();
  #seen = new Set<string>();

  readonly #now: () => number;
  readonly #listeningSinceMs: number;

  /** `now`: the clock, Unix ms. */
  constructor(client: KubernetesClient, aggregation: Aggregation, now: () => number = Date.now) {
    this.#client = client;
    this.#aggregation = aggregation;
    this.#now = now;
    this.#listeningSinceMs = now();
  }

  /** Takes what the API server holds at the start. */
  adopt(slices: readonly NetworkTopologySlice[]): void {
    for (const slice of slices) this.#published.set(slice.metadata.name, slice);
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

  /** Writes and deletes what has to be. What fails is kept for the next time; throws the last failure. */
  async write(): Promise<void> {
    const { store } = this.#aggregation;
    const failures: unknown[] = [];
    const tasks = store.takeChanged().map((origin) => ({ origin, run: () => this.#writeOrigin(origin) }));
    const orphans = [...this.#seen].filter((name) => this.#aggregation.node(name) === undefined);
    for (const name of orphans) tasks.push({ origin: name, run: () => this.#delete(name) });

    const next = async (): Promise<void> => {
      for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
        try {
          await task.run();
        } catch (err) {
          failures.push(err);
          store.markChanged(task.origin);
          if (err instanceof AppError && err.code === 'UNAVAILABLE') break;
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, next));
    for (const { origin } of tasks) store.markChanged(origin);
    if (failures.length > 0) throw failures.at(-1);
  }

  async #writeOrigin(origin: string): Promise<void> {
    const node = this.#aggregation.node(origin);
    if (node === undefined) return;
    const times = { nowMs: this.#now(), listeningSinceMs: this.#listeningSinceMs };
    const { store, coordinates, spec } = this.#aggregation;
    const slice = sliceOf(node, store.links(origin), {
      coordinate: coordinates.of(origin),
      writtenAtMs: times.nowMs,
    });
    if (materialChange(this.#published.get(origin), slice, spec.probe, times) === undefined) return;
    await this.#client.apply(pathOf(origin), FIELD_MANAGER, slice);
    this.#published.set(origin, slice);
  }

  async #delete(name: string): Promise<void> {
    try {
      await this.#client.delete(pathOf(name));
    } catch (err) {
      // The garbage collector was faster.
      if (!(err instanceof AppError && err.code === 'NOT_FOUND')) throw err;
    }
    this.#published.delete(name);
    this.#seen.delete(name);
  }
}

function pathOf(name: string): string {
  return `${resourcePath(NETWORK_TOPOLOGY_SLICE)}/${encodeURIComponent(name)}`;
}
