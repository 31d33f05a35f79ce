import { type AppGroupSpec, appGroup } from '#core/api/app-group.ts';
import { DEFAULT_WEIGHTS_NAME, type DiktyoAppGroup, type DiktyoNetworkTopology } from '#core/api/diktyo.ts';
import { workloadName } from '#core/api/fields.ts';
import { namespacedName } from '#core/api/kubernetes.ts';
import { API_VERSION, DEFAULT_TOPOLOGY, WORKLOAD_LABEL } from '#core/api/names.ts';
import { networkTopology } from '#core/api/network-topology.ts';
import { count, fittingName } from '#core/appgroup/proposal.ts';
import { convertAppGroup } from '#core/diktyo/app-group.ts';
import { chooseTable, staticCostsOf, type TableChoice } from '#core/diktyo/network-topology.ts';
import { AppError } from '#core/errors.ts';
import type { CostTable } from '#core/topology/cost-table.ts';
import { parseKnownFields } from '#core/validation.ts';

/** A manifest of ours that was made of one of theirs, as a person would write it. */
export interface Imported {
  manifest: object;
  /** What it is, and what should be known of it, a line each. */
  lines: string[];
}

export interface ImportedGroup extends Imported {
  name: string;
  namespace: string;
  /** By selector: what the workload is called here. */
  workloads: ReadonlyMap<string, string>;
}

/** Throws AppError INVALID_INPUT where it cannot be an AppGroup of ours. */
export function importAppGroup(theirs: DiktyoAppGroup): ImportedGroup {
  const { group, notes } = convertAppGroup(theirs);
  const { name, namespace } = group.metadata;
  const workloads = new Map(group.spec.workloads.map((workload) => [workload.name, nameOf(workload.name)]));
  for (const [selector, fitting] of workloads) {
    if (fitting === selector) continue;
    notes.push(
      `"${selector}" is no name of a workload here: it is ${fitting}, and its pods need the label ${WORKLOAD_LABEL}=${fitting}`,
    );
  }
  const manifest = {
    apiVersion: API_VERSION,
    kind: 'AppGroup',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: { ordering: group.spec.ordering, workloads: renamed(group.spec.workloads, workloads) },
  };
  parseKnownFields(appGroup, manifest, `AppGroup ${name}`);
  const calls = group.spec.workloads.reduce((sum, { dependencies }) => sum + dependencies.length, 0);
  const title = `AppGroup ${name}: ${count(workloads.size, 'workload')}, ${count(calls, 'call')}`;
  return { manifest, lines: withNotes(title, notes), name, namespace: namespace ?? '', workloads };
}

function nameOf(selector: string): string {
  return workloadName.safeParse(selector).success ? selector : fittingName(selector) || 'workload';
}

function renamed(workloads: AppGroupSpec['workloads'], names: ReadonlyMap<string, string>): object[] {
  return workloads.map(({ name, workloadRef, dependencies }) => ({
    name: names.get(name),
    workloadRef,
    ...(dependencies.length === 0
      ? {}
      : { dependencies: dependencies.map((called) => ({ ...called, name: names.get(called.name) })) }),
  }));
}

/** Undefined where there is none. Throws AppError INVALID_INPUT where there are some and none is the one that was chosen. */
export function importTopology(
  topologies: readonly DiktyoNetworkTopology[],
  choice: TableChoice,
): Imported | undefined {
  const { table, topology, problem } = chooseTable(topologies, choice);
  if (problem !== undefined) throw new AppError('INVALID_INPUT', problem);
  if (table === undefined || topology === undefined) return undefined;
  const staticCosts = staticCostsOf(table);
  const manifest = {
    apiVersion: API_VERSION,
    kind: 'NetworkTopology',
    metadata: { name: DEFAULT_TOPOLOGY },
    spec: { staticCosts },
  };
  parseKnownFields(networkTopology, manifest, `NetworkTopology ${topology.metadata.name}`);
  const { weightsName = DEFAULT_WEIGHTS_NAME } = choice;
  const others = topology.spec.weights.map(({ name }) => name).filter((name) => name !== weightsName);
  const source = `weights ${weightsName} of ${namespacedName(topology.metadata)}`;
  const title = `NetworkTopology ${DEFAULT_TOPOLOGY}: ${count(staticCosts.length, 'static cost')}, ${source}`;
  return { manifest, lines: withNotes(title, [...others.map(leftOut), ...notesOn(table)]) };
}

function leftOut(weights: string): string {
  return `weights ${weights} are left out (--weights-name chooses)`;
}

function notesOn(table: CostTable): string[] {
  const dear = table.filter(({ networkCost }) => networkCost > 100).length;
  const within = table.filter(({ origin, destination }) => origin === destination).length;
  return [
    'they count where nothing is measured; bandwidths are left out, as netaware measures them',
    'a cost of two zones counts before that of their regions, also where the regions differ, and for the way back too',
    ...(dear === 0 ? [] : [`${count(dear, 'cost')} above 100: 100`]),
    ...(within === 0 ? [] : [`${count(within, 'cost')} within one zone or region: left out`]),
  ];
}

function withNotes(title: string, notes: readonly string[]): string[] {
  return [title, ...notes.map((note) => `  ${note}`)];
}
