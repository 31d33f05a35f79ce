import type { AppGroupSpec, Dependency } from '#core/api/app-group.ts';
import { parseQuantity, type Quantity } from '#core/api/quantity.ts';

/** A call of one workload to another, with its limits. */
export interface Call {
  origin: string;
  destination: string;
  weight: number;
  limits: Limits;
}

/** What a call needs of each link that it takes; what is absent is not limited. */
export interface Limits {
  maxLatencyMicroseconds?: number;
  /** For all calls of one replica of the origin. A whole number of at least 1. */
  minBandwidthBitsPerSecond?: number;
  maxLossPartsPerMillion?: number;
  /** Parts per hundred. */
  maxNetworkCost?: number;
}

/** Who calls whom in an AppGroup. */
export interface DependencyGraph {
  workloads: readonly string[];
  /** Calls that the workload makes. */
  dependencies(workload: string): readonly Call[];
  /** Calls that the workload takes. */
  dependants(workload: string): readonly Call[];
  /** Whether any call needs a least bandwidth: its replicas reserve it. */
  reservesBandwidth: boolean;
}

/** The graph of a spec that keeps the rules of its schema: names are there once, and dependencies are workloads. */
export function buildGraph({ workloads }: AppGroupSpec): DependencyGraph {
  const calls = workloads.flatMap(({ name: origin, dependencies }) =>
    dependencies.map((dependency): Call => {
      const { name: destination, weight } = dependency;
      return { origin, destination, weight, limits: limitsOf(dependency) };
    }),
  );
  const byOrigin = Map.groupBy(calls, ({ origin }) => origin);
  const byDestination = Map.groupBy(calls, ({ destination }) => destination);
  return {
    workloads: workloads.map(({ name }) => name),
    dependencies: (workload) => byOrigin.get(workload) ?? [],
    dependants: (workload) => byDestination.get(workload) ?? [],
    reservesBandwidth: calls.some(({ limits }) => limits.minBandwidthBitsPerSecond !== undefined),
  };
}

function limitsOf(dependency: Dependency): Limits {
  const { maxLatencyMicroseconds, minBandwidth, maxLossPartsPerMillion, maxNetworkCost } = dependency;
  return {
    ...(maxLatencyMicroseconds === undefined ? {} : { maxLatencyMicroseconds }),
    ...(minBandwidth === undefined ? {} : { minBandwidthBitsPerSecond: wholeBits(minBandwidth) }),
    ...(maxLossPartsPerMillion === undefined ? {} : { maxLossPartsPerMillion }),
    ...(maxNetworkCost === undefined ? {} : { maxNetworkCost }),
  };
}

/** Whole, as measured bandwidth is: sums of it are exact, in whatever order they are made. */
function wholeBits(bandwidth: Quantity): number {
  const bits = Math.round(parseQuantity(bandwidth) ?? 0);
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(1, bits));
}
