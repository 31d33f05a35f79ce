import type { ClusterNode } from '#aggregator/cluster-node.ts';
import type { NodeCoordinates } from '#aggregator/coordinates.ts';
import type { LinkStore } from '#aggregator/link-store.ts';
import { type PlanCoverage, planCoverage } from '#aggregator/plan-coverage.ts';
import type { ProbePlans } from '#aggregator/probe-plans.ts';
import { sliceOf } from '#aggregator/slice-content.ts';
import type { NetworkTopologySpec } from '#core/api/network-topology.ts';
import { LinkMatrix } from '#core/topology/link-matrix.ts';

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
}

/** The last overview, made anew when it is asked for, is out of date and was not just made. */
export class OverviewCache {
  #current: Overview | undefined;
  #tookMs = 0;

  /** The nodes, the settings or the plans changed. */
  clear(): void {
    this.#current = undefined;
  }

  get(source: OverviewSource, nowMs: number): Overview {
    if (this.#current === undefined || this.#isOutOfDate(this.#current, source.store.version, nowMs)) {
      const startedAt = performance.now();
      this.#current = makeOverview(source, nowMs);
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
}

function makeOverview({ nodes, spec, plans, store, coordinates }: OverviewSource, nowMs: number): Overview {
  const slices = nodes.map((node) => sliceOf(node, store.links(node.name), { coordinate: coordinates.of(node.name) }));
  return {
    matrix: LinkMatrix.of({ nodes, slices, spec, nowMs }),
    coverage: planCoverage(plans.links(), (origin, destination) => store.state(origin, destination), spec.probe, nowMs),
    version: store.version,
    madeAtMs: nowMs,
  };
}
