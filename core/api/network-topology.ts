import { z } from 'zod';
import * as field from '#core/api/fields.ts';
import { objectMeta } from '#core/api/kubernetes.ts';
import { API_VERSION } from '#core/api/names.ts';

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
      .describe('Upper bound of what one test may move; the sending rate is capped to keep it.'),
    bytesPerHour: z
      .int()
      .min(0)
      .default(50_000_000_000)
      .describe('Upper bound of what all tests of the cluster together may move within an hour; 0 switches tests off.'),
    concurrencyPerZonePair: z.int().min(1).max(100).default(1).describe('Tests under way at once between two zones.'),
    concurrency: z.int().min(1).max(1000).default(10).describe('Tests under way at once in the cluster.'),
  })
  .describe('How bandwidth is measured, with iperf3.');

export const probeSettings = z
  .object({
    intervalSeconds: z.int().min(1).max(3600).default(15).describe('Time between two probes of a link.'),
    packets: z.int().min(2).max(1000).default(7).describe('Pings per probe; the first is not counted for RTT.'),
    packetIntervalMilliseconds: z.int().min(2).max(1000).default(200).describe('Time between two pings of a probe.'),
    peersPerNode: z.int().min(1).max(1000).default(32).describe('Nodes that one node probes.'),
    bandwidth: bandwidthProbe.prefault({}),
  })
  .describe('Who is probed how, and how often.');
export type ProbeSettings = z.infer<typeof probeSettings>;

export const linkWeights = z
  .object({
    latency: z.int().min(0).max(100).default(60),
    bandwidth: z.int().min(0).max(100).default(20),
    loss: z.int().min(0).max(100).default(20),
  })
  .refine(({ latency, bandwidth, loss }) => latency + bandwidth + loss === 100, {
    error: 'latency, bandwidth and loss must sum to 100',
  })
  .describe('What counts how much in the cost of a link, in parts per hundred that sum to 100.');
export type LinkWeights = z.infer<typeof linkWeights>;

export const staticCost = z.object({
  topologyKey: z.enum(['zone', 'region']),
  origin: z.string().min(1).max(253),
  destination: z.string().min(1).max(253),
  networkCost: z.int().min(0).max(100).describe('0 is the best link, 100 the worst.'),
});
export type StaticCost = z.infer<typeof staticCost>;

export const networkTopologySpec = z.object({
  probe: probeSettings.prefault({}),
  weights: linkWeights.prefault({}),
  staticCosts: z
    .array(staticCost)
    .max(10_000)
    .default([])
    .describe('Costs for pairs of zones or regions of which nothing is measured.'),
});
export type NetworkTopologySpec = z.infer<typeof networkTopologySpec>;

export const linkMaxima = z
  .object({
    rttMicroseconds: field.rttMicroseconds,
    bandwidthBitsPerSecond: field.bandwidthBitsPerSecond,
    lossPartsPerMillion: field.lossPartsPerMillion,
  })
  .describe('What counts as cost 1 for each metric; robust against single absurd links.');
export type LinkMaxima = z.infer<typeof linkMaxima>;

export const zonePair = z.object({
  origin: z.string(),
  destination: z.string(),
  rttMicroseconds: field.rttMicroseconds.optional(),
  bandwidthBitsPerSecond: field.bandwidthBitsPerSecond.optional(),
  lossPartsPerMillion: field.lossPartsPerMillion.optional(),
  links: z.int().min(0).describe('Measured links that the medians are of.'),
});
export type ZonePair = z.infer<typeof zonePair>;

export const condition = z.object({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  observedGeneration: z.int().optional(),
  lastTransitionTime: field.timestamp,
  reason: z.string().max(1024),
  message: z.string().max(32_768),
});
export type Condition = z.infer<typeof condition>;

export const networkTopologyStatus = z.object({
  nodes: z.int().min(0).optional(),
  measuredLinks: z.int().min(0).optional(),
  coveragePercent: z.int().min(0).max(100).optional().describe('Measured links among the planned ones.'),
  maxima: linkMaxima.optional(),
  zones: z.array(zonePair).optional().describe('Medians of the links from zone to zone.'),
  lastUpdateTime: field.timestamp.optional(),
  conditions: z.array(condition).optional(),
});
export type NetworkTopologyStatus = z.infer<typeof networkTopologyStatus>;

/** How the network is measured and weighed, and what it looks like as a whole. Cluster-scoped; one named `default`. */
export const networkTopology = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('NetworkTopology'),
  metadata: objectMeta,
  spec: networkTopologySpec.prefault({}),
  status: networkTopologyStatus.optional(),
});
export type NetworkTopology = z.infer<typeof networkTopology>;
