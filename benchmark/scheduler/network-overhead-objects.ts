import type { CallGraph } from '#benchmark/call-graph.ts';
import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import type { Zone, ZonedNetwork } from './zoned-network.ts';

// What scheduler-plugins' NetworkOverhead reads, for the same apps and the same network as ours.

export const APP_GROUP_API = 'appgroup.diktyo.x-k8s.io';
export const NETWORK_TOPOLOGY_API = 'networktopology.diktyo.x-k8s.io';
export const TOPOLOGY_NAME = 'benchmark';
export const WEIGHTS_NAME = 'UserDefined';
const VERSION = 'v1alpha1';
const MAX_COST = 100;

export function networkOverheadLabels(appGroup: string, workload: string): Record<string, string> {
  return { [APP_GROUP_API]: appGroup, [`${APP_GROUP_API}.workload`]: workload };
}

/** Their two CustomResourceDefinitions, with no more schema than the API server demands. */
export function networkOverheadDefinitions(): object[] {
  return [
    definition(APP_GROUP_API, { kind: 'AppGroup', plural: 'appgroups', singular: 'appgroup' }),
    definition(NETWORK_TOPOLOGY_API, {
      kind: 'NetworkTopology',
      plural: 'networktopologies',
      singular: 'networktopology',
    }),
  ];
}

function definition(group: string, names: { kind: string; plural: string; singular: string }): object {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      group,
      names,
      scope: 'Namespaced',
      versions: [{ name: VERSION, served: true, storage: true, schema: { openAPIV3Schema: anything } }],
    },
  };
}

/** Their AppGroup of a call graph. No link is refused: limits are no part of what is compared. */
export function networkOverheadAppGroup(graph: CallGraph, namespace: string): object {
  const reference = (name: string) => ({ kind: 'Deployment', name, selector: name, apiVersion: 'apps/v1', namespace });
  return {
    apiVersion: `${APP_GROUP_API}/${VERSION}`,
    kind: 'AppGroup',
    metadata: { name: graph.name, namespace },
    spec: {
      numMembers: graph.workloads.length,
      topologySortingAlgorithm: 'KahnSort',
      workloads: graph.workloads.map(({ name, callsPerRequest }) => ({
        workload: reference(name),
        dependencies: Object.keys(callsPerRequest).map((callee) => ({
          workload: reference(callee),
          maxNetworkCost: MAX_COST,
        })),
      })),
    },
  };
}

/** Their NetworkTopology: costs between the zones of a region and between regions, in proportion to the RTT. */
export function networkOverheadTopology(network: ZonedNetwork, namespace: string): object {
  const { zones } = network;
  const regions = zones.filter(({ region }, index) => zones.findIndex((zone) => zone.region === region) === index);
  const costBetween = (origin: Zone, destination: Zone) =>
    Math.max(1, Math.round((MAX_COST * network.rttMicroseconds(origin, destination)) / network.maxRttMicroseconds));
  const costs = (places: readonly Zone[], nameOf: (place: Zone) => string, reaches: (a: Zone, b: Zone) => boolean) =>
    places.map((origin) => ({
      origin: nameOf(origin),
      costList: places
        .filter((destination) => reaches(origin, destination))
        .map((destination) => ({ destination: nameOf(destination), networkCost: costBetween(origin, destination) })),
    }));
  return {
    apiVersion: `${NETWORK_TOPOLOGY_API}/${VERSION}`,
    kind: 'NetworkTopology',
    metadata: { name: TOPOLOGY_NAME, namespace },
    spec: {
      configmapName: TOPOLOGY_NAME,
      weights: [
        {
          name: WEIGHTS_NAME,
          topologyList: [
            {
              topologyKey: REGION_LABEL,
              originList: costs(
                regions,
                ({ region }) => region,
                (a, b) => a !== b,
              ),
            },
            {
              topologyKey: ZONE_LABEL,
              originList: costs(
                zones,
                ({ name }) => name,
                (a, b) => a !== b && a.region === b.region,
              ),
            },
          ],
        },
      ],
    },
  };
}
