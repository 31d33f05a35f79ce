import type { AppGroup, AppGroupSpec, Dependency, ordering } from '#core/api/app-group.ts';
import { type DiktyoAppGroup, diktyoAppGroup } from '#core/api/diktyo.ts';
import { API_VERSION } from '#core/api/names.ts';
import { parseQuantity } from '#core/api/quantity.ts';

/** As an AppGroup of ours, whatever of theirs could not be carried over. */
export const appGroupOfTheirs = diktyoAppGroup.transform((theirs) => convertAppGroup(theirs).group);

/** A resource of ours, and what of theirs could not be carried over, a sentence each. */
export interface ConvertedAppGroup {
  group: AppGroup;
  notes: string[];
}

type Workload = DiktyoAppGroup['spec']['workloads'][number];
type Ordering = (typeof ordering)['_output'];

const ORDERINGS: Record<string, Ordering> = {
  KahnSort: 'Kahn',
  TarjanSort: 'Tarjan',
  ReverseKahn: 'ReverseKahn',
  ReverseTarjan: 'ReverseTarjan',
  AlternateKahn: 'AlternateKahn',
  AlternateTarjan: 'AlternateTarjan',
};

const MOST_COST = 100;

/**
 * Their AppGroup as one of ours. A workload is called by its selector, which is what its pods' label says; every call weighs 1.
 * It decides as theirs does: a node passes where no more limits are broken than kept, and where nothing is known.
 */
export function convertAppGroup({ metadata, spec }: DiktyoAppGroup): ConvertedAppGroup {
  const notes: string[] = [];
  const workloads = spec.workloads.map((entry) => convertWorkload(entry, metadata.namespace ?? 'default', notes));
  const ordering = convertOrdering(spec.topologySortingAlgorithm, notes);
  const converted: AppGroupSpec = { ordering, requirements: 'Majority', unknownLinks: 'Pass', workloads };
  return { group: { apiVersion: API_VERSION, kind: 'AppGroup', metadata, spec: converted }, notes };
}

function convertOrdering(algorithm: string | undefined, notes: string[]): Ordering {
  const known = ORDERINGS[algorithm ?? ''];
  if (known !== undefined) return known;
  if (algorithm !== undefined) notes.push(`no order is called ${JSON.stringify(algorithm)}: ordering is Traffic`);
  return 'Traffic';
}

function convertWorkload(
  { workload, dependencies }: Workload,
  namespace: string,
  notes: string[],
): AppGroupSpec['workloads'][number] {
  const { selector: name, kind, apiVersion = 'apps/v1' } = workload;
  if (workload.namespace !== undefined && workload.namespace !== namespace) {
    notes.push(
      `${name} is of namespace ${workload.namespace}: here its pods must be in that of the group, ${namespace}`,
    );
  }
  const calls = new Map<string, Dependency>();
  for (const called of dependencies) {
    const { selector } = called.workload;
    const known = calls.get(selector);
    if (selector === name) notes.push(`${name} depends on itself: left out`);
    else if (known) {
      known.weight += 1;
      notes.push(`${name} depends on ${selector} several times: weight ${known.weight}, with the limits of the first`);
    } else calls.set(selector, { name: selector, weight: 1, ...convertLimits(name, called, notes) });
  }
  return { name, workloadRef: { apiVersion, kind, name: workload.name }, dependencies: [...calls.values()] };
}

function convertLimits(
  name: string,
  { workload, minBandwidth, maxNetworkCost }: Workload['dependencies'][number],
  notes: string[],
): Pick<Dependency, 'minBandwidth' | 'maxNetworkCost'> {
  const isLimit = maxNetworkCost !== undefined && maxNetworkCost <= MOST_COST;
  if (maxNetworkCost !== undefined && !isLimit) {
    notes.push(
      `${name} -> ${workload.selector}: maxNetworkCost ${maxNetworkCost} limits nothing: no cost is above 100`,
    );
  }
  return {
    ...((parseQuantity(minBandwidth ?? 0) ?? 0) > 0 ? { minBandwidth: minBandwidth as string | number } : {}),
    ...(isLimit ? { maxNetworkCost } : {}),
  };
}
