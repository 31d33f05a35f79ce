import { z } from 'zod';
import { conditions } from '#core/api/condition.ts';
import * as field from '#core/api/fields.ts';
import { objectMeta } from '#core/api/kubernetes.ts';
import { atomicList, listMap, writtenAsWhole } from '#core/api/lists.ts';
import { API_VERSION, DEFAULT_TOPOLOGY } from '#core/api/names.ts';
import { type Rule, withRules } from '#core/api/rules.ts';

/** Pairs of zones or regions: as many as an object of Kubernetes' size can hold. */
const PAIRS_LIMIT = 10_000;

const udpProbe = z
  .object({
    intervalSeconds: z.int().min(1).max(604_800).default(3600).describe('A link is tested again after this time.'),
    ratePercent: z
      .int()
      .min(1)
      .max(100)
      .default(10)
      .describe("Sending rate, in percent of the link's bandwidth as TCP measured it."),
  })
  .describe(
    'Tests with UDP, for jitter and loss one way, of links whose TCP bandwidth is known; none where it is absent.',
  );

export const bandwidthProbe = z
  .object({
    intervalSeconds: z.int().min(1).max(604_800).default(3600).describe('A pair is tested again after this time.'),
    seconds: z.int().min(1).max(30).default(2).describe('Length of one test, after the omitted seconds.'),
    omitSeconds: z
      .int()
      .min(0)
      .max(10)
      .default(1)
      .describe('Leading seconds that do not count: TCP is still starting.'),
    bytesPerTest: z
      .int()
      .min(1_000_000)
      .max(100_000_000_000)
      .default(2_000_000_000)
      .describe(
        'Upper bound of what one test may move; the sending rate is capped to keep it, and so is what is measured.',
      ),
    budgetPercent: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe(
        'Upper bound of what tests may move at either end of a link within an hour, in percent of what the fastest link of ' +
          'that node can. Tests become seldomer for it, never slower.',
      ),
    bytesPerHour: z
      .int()
      .min(0)
      .default(50_000_000_000)
      .describe('Upper bound of what all tests of the cluster together may move within an hour; 0 switches tests off.'),
    concurrencyPerZonePair: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe(
        'Tests under way at once between two different zones, which share an uplink; none for tests within a zone.',
      ),
    concurrency: z.int().min(1).max(1000).default(100).describe('Tests under way at once in the cluster.'),
    udp: udpProbe.optional(),
  })
  .describe('How bandwidth is measured, with iperf3.');

export const probeSettings = z
  .object({
    intervalSeconds: z.int().min(1).max(3600).default(15).describe('Time between two probes of a link.'),
    packets: z.int().min(2).max(1000).default(7).describe('Pings per probe; the first is not counted for RTT.'),
    packetIntervalMilliseconds: z.int().min(2).max(1000).default(200).describe('Time between two pings of a probe.'),
    network: z
      .enum(['Pod', 'Host'])
      .default('Pod')
      .describe('Pod: links as pods see them, between the pods of agents; Host: between the nodes themselves.'),
    ipFamilies: atomicList(z.enum(['IPv4', 'IPv6']), 2)
      .min(1)
      .default(['IPv4', 'IPv6'])
      .describe('Families that are probed; of two the first that both ends have.'),
    peersPerNode: z
      .int()
      .min(2)
      .max(500)
      .default(16)
      .describe(
        'Nodes that one node probes; below 40 nodes, and where all others are so few, every node probes all others.',
      ),
    bandwidth: bandwidthProbe.prefault({}),
  })
  .describe('Who is probed how, and how often.');
export type ProbeSettings = z.infer<typeof probeSettings>;
export type BandwidthProbe = ProbeSettings['bandwidth'];

interface Weights {
  latency: number;
  bandwidth: number;
  loss: number;
}

const sumOf = ({ latency, bandwidth, loss }: Weights) => latency + bandwidth + loss;

const sumTo100: Rule<Weights> = {
  cel: 'self.latency + self.bandwidth + self.loss == 100',
  isKept: (weights) => sumOf(weights) === 100,
  message: 'latency, bandwidth and loss must sum to 100',
  culprit: {
    cel: "'latency, bandwidth and loss must sum to 100, not to %d'.format([self.latency + self.bandwidth + self.loss])",
    words: (weights) => `latency, bandwidth and loss must sum to 100, not to ${sumOf(weights)}`,
  },
};

const weight = z.int().min(0).max(100);

export const linkWeights = withRules(
  z.object({
    latency: weight.default(60).describe('What the round-trip time counts.'),
    bandwidth: weight.default(20).describe('What the bandwidth counts.'),
    loss: weight.default(20).describe('What the loss counts.'),
  }),
  sumTo100,
).describe('What counts how much in the cost of a link, in parts per hundred that sum to 100.');
export type LinkWeights = z.infer<typeof linkWeights>;

export const staticCost = z
  .object({
    topologyKey: z.enum(['zone', 'region']).describe('Whether origin and destination name zones or regions.'),
    origin: field.labelValue.min(1).describe('Zone or region where the link starts.'),
    destination: field.labelValue
      .min(1)
      .describe('Zone or region where it ends. Where only the opposite direction has a cost, that counts.'),
    networkCost: z.int().min(0).max(100).describe('Cost in parts per hundred: 0 is the best link, 100 the worst.'),
  })
  .describe('The cost of every link from one zone or region to another.');
export type StaticCost = z.infer<typeof staticCost>;

export const networkTopologySpec = z
  .object({
    probe: probeSettings.prefault({}),
    weights: linkWeights.prefault({}),
    staticCosts: listMap(writtenAsWhole(staticCost), ['topologyKey', 'origin', 'destination'], PAIRS_LIMIT)
      .default([])
      .describe('Costs for pairs of zones or regions of which nothing is measured, each pair once.'),
  })
  .describe('How the network is measured and what counts in it.');
export type NetworkTopologySpec = z.infer<typeof networkTopologySpec>;

export const linkMaxima = z
  .object({
    rttMicroseconds: field.rttMicroseconds.describe('Round-trip time, in microseconds.'),
    bandwidthBitsPerSecond: field.bandwidthBitsPerSecond.describe('Bandwidth that has no cost, in bits per second.'),
    lossPartsPerMillion: field.lossPartsPerMillion.describe('Loss of round trips, in parts per million.'),
  })
  .describe('What counts as cost 1 for each metric; robust against single absurd links.');
export type LinkMaxima = z.infer<typeof linkMaxima>;

export const zonePair = z
  .object({
    origin: field.labelValue.describe('Zone where the links start.'),
    destination: field.labelValue.describe('Zone where they end; the origin itself for links within it.'),
    rttMicroseconds: field.rttMicroseconds.optional().describe('Median round-trip time, in microseconds.'),
    bandwidthBitsPerSecond: field.bandwidthBitsPerSecond.optional().describe('Median bandwidth, in bits per second.'),
    lossPartsPerMillion: field.lossPartsPerMillion
      .optional()
      .describe('Median loss of round trips, in parts per million.'),
    links: z.int().min(0).describe('Measured links that the medians are of.'),
  })
  .describe('Medians of the links from one zone to another, or within one.');
export type ZonePair = z.infer<typeof zonePair>;

export const networkTopologyStatus = z
  .object({
    nodes: z.int().min(0).optional().describe('Nodes that are ready.'),
    measuredLinks: z.int().min(0).optional().describe('Links of which something is measured and fresh.'),
    coveragePercent: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe('Planned links that are measured, in percent, rounded down.'),
    maxima: linkMaxima.optional(),
    zones: listMap(writtenAsWhole(zonePair), ['origin', 'destination'], PAIRS_LIMIT)
      .optional()
      .describe('Medians of the links from zone to zone.'),
    lastUpdateTime: field.timestamp.optional().describe('When the status was last written.'),
    conditions: conditions
      .optional()
      .describe('Measured: whether every planned link has a fresh RTT; BandwidthMeasured: the same for bandwidth.'),
  })
  .describe('What the network looks like as a whole; written by the aggregator.');
export type NetworkTopologyStatus = z.infer<typeof networkTopologyStatus>;

const isTheOnlyOne: Rule<{ metadata: { name: string } }> = {
  field: '.metadata.name',
  cel: `self.metadata.name == '${DEFAULT_TOPOLOGY}'`,
  isKept: ({ metadata }) => metadata.name === DEFAULT_TOPOLOGY,
  message: `a cluster has one NetworkTopology, and its name is "${DEFAULT_TOPOLOGY}"`,
};

/** How the network is measured and weighed, and what it looks like as a whole. Cluster-scoped; one named `default`. */
export const networkTopology = withRules(
  z.object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('NetworkTopology'),
    metadata: objectMeta,
    spec: networkTopologySpec.prefault({}),
    status: networkTopologyStatus.optional(),
  }),
  isTheOnlyOne,
).describe(
  'NetworkTopology says how the network between the nodes is measured and weighed, and what it looks like as a whole. ' +
    'A cluster has one, named "default".',
);
export type NetworkTopology = z.infer<typeof networkTopology>;
