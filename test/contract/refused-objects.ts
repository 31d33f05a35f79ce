import {
  APP_GROUP,
  type CustomResource,
  NETWORK_TOPOLOGY,
  NETWORK_TOPOLOGY_SLICE,
} from '#core/api/custom-resources.ts';
import { API_VERSION } from '#core/api/names.ts';

/** An object that nobody takes: neither the zod schemas nor an API server that has our definitions. */
export interface RefusedObject {
  /** What is wrong with it. */
  name: string;
  resource: CustomResource;
  object: { metadata: { name: string }; [field: string]: unknown };
  /** The field that is to blame. */
  field: string;
  /** For our own rules the whole message; for checks that every validator words in its own way what each has to say. */
  says: { rule: string } | { words: string[] };
}

type Dependency = Record<string, unknown>;

const NAME = 'refused';

function makeObject(resource: CustomResource, name: string, fields: object): RefusedObject['object'] {
  return { apiVersion: API_VERSION, kind: resource.kind, metadata: { name }, ...fields };
}

function group(spec: object): Pick<RefusedObject, 'resource' | 'object'> {
  return { resource: APP_GROUP, object: makeObject(APP_GROUP, NAME, { spec }) };
}

/** `front` calls `cart` in one dependency, of which these fields differ. */
function dependency(fields: Dependency): Pick<RefusedObject, 'resource' | 'object'> {
  return group({ workloads: [calling('front', { name: 'cart', ...fields }), calling('cart')] });
}

function calling(name: string, ...dependencies: Dependency[]): object {
  return { name, dependencies };
}

function topology(spec: object, name = 'default'): Pick<RefusedObject, 'resource' | 'object'> {
  return { resource: NETWORK_TOPOLOGY, object: makeObject(NETWORK_TOPOLOGY, name, { spec }) };
}

function slice(fields: object): Pick<RefusedObject, 'resource' | 'object'> {
  const whole = { origin: NAME, links: [], ...fields };
  return { resource: NETWORK_TOPOLOGY_SLICE, object: makeObject(NETWORK_TOPOLOGY_SLICE, NAME, whole) };
}

const link = (fields: object) => ({ destination: 'node-2', samples: 1, ...fields });

const FIRST = 'spec.workloads[0].dependencies[0]';

export const REFUSED_OBJECTS: readonly RefusedObject[] = [
  {
    name: 'a workload that depends on itself',
    ...group({ workloads: [calling('front'), calling('cart', { name: 'front' }, { name: 'cart' })] }),
    field: 'spec.workloads[1].dependencies',
    says: { rule: '"cart" depends on itself' },
  },
  {
    name: 'a dependency that is no workload of the group',
    ...group({ workloads: [calling('front', { name: 'cart' }, { name: 'ghost' }), calling('cart')] }),
    field: 'spec.workloads',
    says: { rule: '"front" depends on workloads that the group does not have: ["ghost"]' },
  },
  {
    name: 'several dependencies that are no workloads of the group',
    ...group({
      workloads: [
        calling('front', { name: 'ghost' }, { name: 'elf' }),
        calling('db'),
        calling('cart', { name: 'elf' }),
      ],
    }),
    field: 'spec.workloads',
    says: { rule: '"front" depends on workloads that the group does not have: ["ghost", "elf"]' },
  },
  {
    name: 'a workload that is there twice',
    ...group({ workloads: [calling('front', { name: 'cart' }), calling('cart'), calling('front')] }),
    field: 'spec.workloads[2]',
    says: { rule: 'Duplicate value: {"name":"front"}' },
  },
  {
    name: 'a dependency that is there twice',
    ...group({ workloads: [calling('front', { name: 'cart' }, { name: 'cart', weight: 2 }), calling('cart')] }),
    field: 'spec.workloads[0].dependencies[1]',
    says: { rule: 'Duplicate value: {"name":"cart"}' },
  },
  ...['0', '-5M', 'much', '20MB', '', 0, -1].map(
    (minBandwidth): RefusedObject => ({
      name: `a bandwidth of ${JSON.stringify(minBandwidth)}`,
      ...dependency({ minBandwidth }),
      field: `${FIRST}.minBandwidth`,
      says: { rule: 'not a positive quantity such as 20M' },
    }),
  ),
  {
    name: 'a bandwidth that is neither a number nor a text',
    ...dependency({ minBandwidth: true }),
    field: `${FIRST}.minBandwidth`,
    says: { words: [] },
  },
  {
    name: 'a bandwidth of too many letters',
    ...dependency({ minBandwidth: '1'.repeat(33) }),
    field: `${FIRST}.minBandwidth`,
    says: { words: ['32'] },
  },
  {
    name: 'a weight of 0',
    ...dependency({ weight: 0 }),
    field: `${FIRST}.weight`,
    says: { words: ['1'] },
  },
  {
    name: 'a loss above 1000000 parts per million',
    ...dependency({ maxLossPartsPerMillion: 1_000_001 }),
    field: `${FIRST}.maxLossPartsPerMillion`,
    says: { words: ['1000000'] },
  },
  {
    name: 'a weight that is a text',
    ...dependency({ weight: 'heavy' }),
    field: `${FIRST}.weight`,
    says: { words: ['string'] },
  },
  {
    name: 'a dependency without a name',
    ...dependency({ name: undefined }),
    field: `${FIRST}.name`,
    says: { words: [] },
  },
  {
    name: 'a workload whose name is none',
    ...group({ workloads: [calling('Front_End')] }),
    field: 'spec.workloads[0].name',
    says: { words: [] },
  },
  {
    name: 'an unknown ordering',
    ...group({ ordering: 'Random', workloads: [calling('front')] }),
    field: 'spec.ordering',
    says: { words: ['"Traffic"', '"Kahn"', '"None"'] },
  },
  {
    name: 'unknown links of which nobody knows what to make',
    ...group({ unknownLinks: 'Ignore', workloads: [calling('front')] }),
    field: 'spec.unknownLinks',
    says: { words: ['"Pass"', '"Reject"'] },
  },
  {
    name: 'a group without workloads',
    ...group({ workloads: [] }),
    field: 'spec.workloads',
    says: { words: ['1', 'items'] },
  },
  {
    name: 'a group of more than 200 workloads',
    ...group({ workloads: Array.from({ length: 201 }, (_, index) => calling(`w${index}`)) }),
    field: 'spec.workloads',
    says: { words: ['200', 'items'] },
  },
  {
    name: 'a NetworkTopology of another name',
    ...topology({}, 'second'),
    field: 'metadata.name',
    says: { rule: 'a cluster has one NetworkTopology, and its name is "default"' },
  },
  {
    name: 'weights that do not sum to 100',
    ...topology({ weights: { latency: 50, bandwidth: 30, loss: 21 } }),
    field: 'spec.weights',
    says: { rule: 'latency, bandwidth and loss must sum to 100, not to 101' },
  },
  {
    name: 'a weight that makes the sum wrong together with the defaults',
    ...topology({ weights: { latency: 90 } }),
    field: 'spec.weights',
    says: { rule: 'latency, bandwidth and loss must sum to 100, not to 130' },
  },
  {
    name: 'a static cost that is there twice',
    ...topology({
      staticCosts: [10, 20].map((networkCost) => ({
        topologyKey: 'zone',
        origin: 'east',
        destination: 'west',
        networkCost,
      })),
    }),
    field: 'spec.staticCosts[1]',
    says: { rule: 'Duplicate value: {"destination":"west","origin":"east","topologyKey":"zone"}' },
  },
  {
    name: 'a static cost above 100',
    ...topology({ staticCosts: [{ topologyKey: 'zone', origin: 'east', destination: 'west', networkCost: 101 }] }),
    field: 'spec.staticCosts[0].networkCost',
    says: { words: ['100'] },
  },
  {
    name: 'a slice that is not named like its origin',
    ...slice({ origin: 'node-1' }),
    field: 'origin',
    says: { rule: 'a NetworkTopologySlice is named like its origin' },
  },
  {
    name: 'a link that is there twice',
    ...slice({ links: [link({}), link({ samples: 2 })] }),
    field: 'links[1]',
    says: { rule: 'Duplicate value: {"destination":"node-2"}' },
  },
  ...['2026-01-31T12:00:00', '2026-01-31T12:00Z', '2026-01-31', '31 Jan 2026 12:00:00 UTC'].map(
    (rttMeasuredAt): RefusedObject => ({
      name: `a time such as ${rttMeasuredAt}, which RFC 3339 does not know`,
      ...slice({ links: [link({ rttMeasuredAt })] }),
      field: 'links[0].rttMeasuredAt',
      says: { words: [] },
    }),
  ),
];

/** Objects at the edge of what is refused, that everybody takes. */
export const ACCEPTED_OBJECTS: readonly Omit<RefusedObject, 'field' | 'says'>[] = [
  ...['20M', '1.5Gi', '500m', '2e6', '+1k', 1].map((minBandwidth) => ({
    name: `a bandwidth of ${JSON.stringify(minBandwidth)}`,
    ...dependency({ minBandwidth }),
  })),
  {
    name: 'workloads that call each other in a circle',
    ...group({ workloads: [calling('a', { name: 'b' }), calling('b', { name: 'c' }), calling('c', { name: 'a' })] }),
  },
  {
    name: 'a group of 100 workloads of which each calls all others',
    ...group({
      workloads: Array.from({ length: 100 }, (_, caller) =>
        calling(
          `w${caller}`,
          ...Array.from({ length: 100 }, (_none, callee) => ({ name: `w${callee}` })).filter(
            (_none, callee) => callee !== caller,
          ),
        ),
      ),
    }),
  },
  {
    name: 'static costs of a pair of zones in both directions, and of regions of the same names',
    ...topology({
      staticCosts: [
        { topologyKey: 'zone', origin: 'east', destination: 'west', networkCost: 10 },
        { topologyKey: 'zone', origin: 'west', destination: 'east', networkCost: 10 },
        { topologyKey: 'region', origin: 'east', destination: 'west', networkCost: 10 },
      ],
    }),
  },
  ...['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.123456Z', '2026-01-31T12:00:00+05:30'].map((rttMeasuredAt) => ({
    name: `a time such as ${rttMeasuredAt}`,
    ...slice({ links: [link({ rttMeasuredAt })] }),
  })),
];
