import type { AppGroupSpec, Dependency } from '#core/api/app-group.ts';

/** A call of one workload to another, with its limits. */
export interface Call {
  origin: string;
  destination: string;
  weight: number;
  limits: Omit<Dependency, 'name' | 'weight'>;
}

/** Who calls whom in an AppGroup. */
export interface DependencyGraph {
  workloads: readonly string[];
  /** Calls that the workload makes. */
  dependencies(workload: string): readonly Call[];
  /** Calls that the workload takes. */
  dependants(workload: string): readonly Call[];
}

/** The graph of a spec that keeps the rules of its schema: names are there once, and dependencies are workloads. */
export function buildGraph({ workloads }: AppGroupSpec): DependencyGraph {
  const calls = workloads.flatMap(({ name: origin, dependencies }) =>
    dependencies.map(({ name: destination, weight, ...limits }): Call => ({ origin, destination, weight, limits })),
  );
  const byOrigin = Map.groupBy(calls, ({ origin }) => origin);
  const byDestination = Map.groupBy(calls, ({ destination }) => destination);
  return {
    workloads: workloads.map(({ name }) => name),
    dependencies: (workload) => byOrigin.get(workload) ?? [],
    dependants: (workload) => byDestination.get(workload) ?? [],
  };
}
