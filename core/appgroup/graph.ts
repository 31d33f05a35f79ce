import type { AppGroupSpec, Dependency } from '#core/api/app-group.ts';

/** A call of one workload to another, with its limits. */
export interface Call {
  origin: string;
  destination: string;
  weight: number;
  limits: Omit<Dependency, 'name' | 'weight'>;
}

/** Who calls whom in an AppGroup. Only sound calls are in it; what was left out is told in `problems`. */
export interface DependencyGraph {
  workloads: readonly string[];
  /** Calls that the workload makes. */
  dependencies(workload: string): readonly Call[];
  /** Calls that the workload takes. */
  dependants(workload: string): readonly Call[];
  /** One line for each fault of the spec, naming the field. */
  problems: readonly string[];
}

/** Reads the graph from a spec. Duplicate names, dependencies on itself or on an unknown workload are left out. */
export function buildGraph(spec: AppGroupSpec): DependencyGraph {
  const problems: string[] = [];
  const names = new Set<string>();
  for (const [position, { name }] of spec.workloads.entries()) {
    if (names.has(name)) problems.push(`spec.workloads[${position}].name: "${name}" is there twice`);
    names.add(name);
  }
  const calls = new Map<string, Call>();
  for (const [position, { name: origin, dependencies }] of spec.workloads.entries()) {
    for (const [index, { name: destination, weight, ...limits }] of dependencies.entries()) {
      const field = `spec.workloads[${position}].dependencies[${index}].name`;
      const key = `${origin}\n${destination}`;
      if (destination === origin) problems.push(`${field}: "${origin}" depends on itself`);
      else if (!names.has(destination)) problems.push(`${field}: no workload "${destination}" in the group`);
      else if (calls.has(key)) problems.push(`${field}: "${destination}" is there twice`);
      else calls.set(key, { origin, destination, weight, limits });
    }
  }
  const byOrigin = Map.groupBy(calls.values(), ({ origin }) => origin);
  const byDestination = Map.groupBy(calls.values(), ({ destination }) => destination);
  return {
    workloads: [...names],
    dependencies: (workload) => byOrigin.get(workload) ?? [],
    dependants: (workload) => byDestination.get(workload) ?? [],
    problems,
  };
}
