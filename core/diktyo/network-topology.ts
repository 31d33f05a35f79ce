import { DEFAULT_DIKTYO_TOPOLOGY, DEFAULT_WEIGHTS_NAME, type DiktyoNetworkTopology } from '#core/api/diktyo.ts';
import { namespacedName, REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import type { StaticCost } from '#core/api/network-topology.ts';
import type { CostTable, TableCost } from '#core/topology/cost-table.ts';

/** Which of their NetworkTopologies is meant, and which weights in it, as the arguments of their plugins say it. */
export interface TableChoice {
  weightsName?: string | undefined;
  /** Its name, or namespace/name; else the one of the default name, or the only one. */
  networkTopology?: string | undefined;
}

/** The costs that were chosen; `problem` where there are NetworkTopologies and none of them is the one. */
export interface ChosenTable {
  table?: CostTable;
  topology?: DiktyoNetworkTopology;
  problem?: string;
}

const KEYS: Record<string, TableCost['topologyKey']> = { [ZONE_LABEL]: 'zone', [REGION_LABEL]: 'region' };

export function chooseTable(topologies: readonly DiktyoNetworkTopology[], choice: TableChoice): ChosenTable {
  if (topologies.length === 0) return {};
  const { weightsName = DEFAULT_WEIGHTS_NAME } = choice;
  const wanted = choice.networkTopology ?? DEFAULT_DIKTYO_TOPOLOGY;
  const named = topologies.filter(({ metadata }) => metadata.name === wanted || namespacedName(metadata) === wanted);
  const candidates = named.length > 0 || choice.networkTopology !== undefined ? named : topologies;
  const names = topologies.map(({ metadata }) => namespacedName(metadata)).toSorted();
  const [topology, another] = candidates;
  if (topology === undefined) return { problem: `no NetworkTopology "${wanted}"; there are ${names.join(', ')}` };
  if (another !== undefined) {
    return { problem: `several NetworkTopologies (${names.join(', ')}): choose with --network-topology` };
  }
  const { weights } = topology.spec;
  if (!weights.some(({ name }) => name === weightsName)) {
    const known = weights.map(({ name }) => name).join(', ') || 'none';
    const where = `NetworkTopology ${namespacedName(topology.metadata)}`;
    return { problem: `${where}: no weights "${weightsName}"; there are ${known}: choose with --weights-name` };
  }
  return { table: tableOf(topology, weightsName), topology };
}

/** The costs between zones and regions that the weights of this name have; other keys than these two play no part. */
function tableOf({ spec }: DiktyoNetworkTopology, weightsName: string): CostTable {
  return spec.weights
    .filter(({ name }) => name === weightsName)
    .flatMap(({ topologyList }) => topologyList)
    .flatMap(({ topologyKey, originList }) => {
      const key = KEYS[topologyKey];
      return key === undefined ? [] : originList.map((entry) => ({ key, ...entry }));
    })
    .flatMap(({ key, origin, costList }) =>
      costList.map(({ destination, networkCost }) => ({ topologyKey: key, origin, destination, networkCost })),
    );
}

/**
 * The same as static costs, each pair once. Left out: what is within one zone or region, which their plugin does not read, and
 * what has no name. Costs above 100 are 100.
 */
export function staticCostsOf(table: CostTable): StaticCost[] {
  const isPair = ({ origin, destination }: TableCost) => origin !== destination && origin !== '' && destination !== '';
  const byPair = new Map(
    table
      .filter(isPair)
      .map((cost) => [
        JSON.stringify([cost.topologyKey, cost.origin, cost.destination]),
        { ...cost, networkCost: Math.min(100, cost.networkCost) },
      ]),
  );
  return [...byPair.values()];
}
