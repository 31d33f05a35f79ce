import type { ClusterNode } from '#aggregator/cluster/cluster-node.ts';
import type { NodeInterfaces } from '#aggregator/cluster/interfaces.ts';
import type { NodeCoordinates } from '#aggregator/links/coordinates.ts';
import type { LinkStore } from '#aggregator/links/link-store.ts';
import { type PlanCoverage, planCoverage } from '#aggregator/probe-plans/plan-coverage.ts';
import type { ProbePlans } from '#aggregator/probe-plans/probe-plans.ts';
import type { NetworkTopologySpec } from '#core/api/network-topology.ts';
import { finish } from '#core/pieces.ts';
import { LinkMatrix } from '#core/topology/link-matrix.ts';
import { LinkRows } from '#core/topology/link-rows.ts';
import { roomReading } from '#core/topology/slice-readings.ts';

/** All links as they stood at one moment. */
export interface Overview {
  matrix: LinkMatrix;
  coverage: PlanCoverage;
  /** Of the link store that it was made from. */
  version: number;
  madeAtMs: number;
}

/** Not made again before this time, nor so often that it takes more than this share of the process. */
const KEPT_MS = 1000;
const BUSY_SHARE = 0.1;
/** Ages in it go on also where nothing is measured. */
const MAX_AGE_MS = 5000;

export interface OverviewSource {
  nodes: readonly ClusterNode[];
  spec: NetworkTopologySpec;
  plans: ProbePlans;
  store: LinkStore;
  coordinates: NodeCoordinates;
  interfaces: NodeInterfaces;
  /** When the slice of a node was last written, of what was not heard of since; NaN where all was. */
  observedAtMs(node: string): number;
}

/** The last overview, made anew when it is asked for, is out of date and was not just made: of what changed since alone. */
export class OverviewCache {
  #current: Overview | undefined;
  #rows: LinkRows | undefined;
  #tookMs = 0;

  /** The nodes, the settings or the plans changed. */
  clear(): void {
    this.#current?.matrix.release();
    this.#current = undefined;
    this.#rows = undefined;
  }

  get(source: OverviewSource, nowMs: number): Overview {
    if (this.#current === undefined || this.#isOutOfDate(this.#current, source.store.version, nowMs)) {
      const startedAt = performance.now();
      this.#current = this.#make(source, nowMs, this.#current);
      this.#tookMs = performance.now() - startedAt;
    }
    return this.#current;
  }

  #isOutOfDate({ version, madeAtMs }: Overview, storeVersion: number, nowMs: number): boolean {
    // A clock that was set back must not keep it until that moment comes again.
    const ageMs = Math.abs(nowMs - madeAtMs);
    if (ageMs < Math.max(KEPT_MS, this.#tookMs / BUSY_SHARE)) return false;
    return version !== storeVersion || ageMs >= MAX_AGE_MS;
  }

  #make(source: OverviewSource, nowMs: number, before: Overview | undefined): Overview {
    const { nodes, spec, plans, store, coordinates, interfaces } = source;
    // Rows are of these nodes, and stay while those do.
    this.#rows ??= new LinkRows(nodes, spec.probe, nowMs);
    finish(this.#rows.advance(nowMs));
    const changed = store.takeChangedOrigins();
    for (const { name } of nodes) {
      if (before !== undefined && !changed.has(name)) continue;
      const room = interfaces.of(name);
      this.#rows.put({
        origin: name,
        ...store.readings(name),
        observedAtMs: source.observedAtMs(name),
        coordinate: coordinates.of(name),
        room: room && roomReading(room),
      });
    }
    const matrix = finish(LinkMatrix.over(this.#rows, { spec }, before?.matrix));
    before?.matrix.release();
    return {
      matrix,
      coverage: planCoverage(plans.links(), {
        state: (origin, destination) => store.state(origin, destination),
        observedAtMs: source.observedAtMs,
        probe: spec.probe,
        nowMs,
      }),
      version: store.version,
      madeAtMs: nowMs,
    };
  }
}
