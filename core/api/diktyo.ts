import { z } from 'zod';
import { objectMeta } from '#core/api/kubernetes.ts';
import { quantity } from '#core/api/quantity.ts';

// The resources of scheduler-plugins' network-aware plugins (NetworkOverhead, TopologicalSort), as far as they are read. They
// are other people's: a field that is not known here passes.

const VERSION = 'v1alpha1';
const APP_GROUP_GROUP = 'appgroup.diktyo.x-k8s.io';
export const DIKTYO_APP_GROUP_API = `${APP_GROUP_GROUP}/${VERSION}`;
export const DIKTYO_TOPOLOGY_API = `networktopology.diktyo.x-k8s.io/${VERSION}`;

/** Labels on a pod: the name of its AppGroup, and the selector of its workload in there. */
export const DIKTYO_GROUP_LABEL = APP_GROUP_GROUP;
export const DIKTYO_SELECTOR_LABEL = `${APP_GROUP_GROUP}.workload`;

/** URL paths of the collections, in all namespaces. */
export const DIKTYO_GROUPS_PATH = `/apis/${DIKTYO_APP_GROUP_API}/appgroups`;
export const DIKTYO_TOPOLOGIES_PATH = `/apis/${DIKTYO_TOPOLOGY_API}/networktopologies`;

/** What their plugins take where their configuration says nothing. */
export const DEFAULT_WEIGHTS_NAME = 'UserDefined';
export const DEFAULT_DIKTYO_TOPOLOGY = 'nt-default';

/** Go writes a list without elements as null. */
function optionalList<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);
}

const workloadReference = z.looseObject({
  /** What the pods have in their label. */
  selector: z.string().min(1),
  name: z.string().min(1),
  kind: z.string().min(1),
  apiVersion: z.string().optional(),
  namespace: z.string().optional(),
});

const dependency = z.looseObject({
  workload: workloadReference,
  minBandwidth: quantity.optional(),
  maxNetworkCost: z.int().min(0).optional(),
});

const workload = z.looseObject({ workload: workloadReference, dependencies: optionalList(dependency) });
type Workload = z.output<typeof workload>;

export const diktyoAppGroup = z.looseObject({
  metadata: objectMeta,
  spec: z.looseObject({
    topologySortingAlgorithm: z.string().optional(),
    workloads: z.array(workload).min(1).superRefine(demandKnownSelectors),
  }),
});
export type DiktyoAppGroup = z.output<typeof diktyoAppGroup>;

/** Selectors are what tells workloads apart: each is there once, and every dependency has one of them. */
function demandKnownSelectors(workloads: readonly Workload[], context: z.RefinementCtx): void {
  const known = new Set(workloads.map((entry) => entry.workload.selector));
  const seen = new Set<string>();
  for (const [
    index,
    {
      workload: { selector },
      dependencies,
    },
  ] of workloads.entries()) {
    const refuse = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path: [index, ...path], message });
    if (seen.has(selector)) refuse(['workload', 'selector'], 'another workload has the same selector');
    seen.add(selector);
    for (const [position, called] of dependencies.entries()) {
      if (known.has(called.workload.selector)) continue;
      refuse(['dependencies', position, 'workload', 'selector'], 'no workload of the group has this selector');
    }
  }
}

const costList = optionalList(
  z.looseObject({
    destination: z.string(),
    networkCost: z.int().min(0),
    bandwidthCapacity: quantity.optional(),
  }),
);

export const diktyoNetworkTopology = z.looseObject({
  metadata: objectMeta,
  spec: z.looseObject({
    weights: z.array(
      z.looseObject({
        name: z.string(),
        topologyList: z.array(
          z.looseObject({
            topologyKey: z.string(),
            originList: z.array(z.looseObject({ origin: z.string(), costList })),
          }),
        ),
      }),
    ),
  }),
});
export type DiktyoNetworkTopology = z.output<typeof diktyoNetworkTopology>;
