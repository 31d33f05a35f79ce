import { z } from 'zod';
import { rttMethod } from '#core/api/agent.ts';

// GET /v1/topology: what is known of every link, in the units that people read (ms, percent, Mbit/s).

export const linkSource = z.enum([
  'local',
  'measured',
  'unreachable',
  'zone',
  'coordinates',
  'static',
  'labels',
  'unknown',
]);

/**
 * Where knowledge of a link comes from, best first. `local`: both ends are one node. `unreachable`: probed and failed,
 * never estimated. `zone`: the median of the link's zone pair. `coordinates`: the
 * distance of the nodes in a space learnt from what was measured. `static`: a cost from the NetworkTopology's spec.
 * `labels`: only whether zone and region are the same.
 */
export type LinkSource = z.infer<typeof linkSource>;

export const bandwidthSource = z.enum(['measured', 'zone', 'interface']);

/**
 * Where knowledge of a link's bandwidth comes from. `zone`: the median of the zone pair. `interface`: what the interfaces of both
 * ends have left, of which a link can have no more, but may have less.
 */
export type BandwidthSource = z.infer<typeof bandwidthSource>;

export const linkView = z.object({
  origin: z.string(),
  destination: z.string(),
  source: linkSource,
  confidence: z.number().min(0).max(1),
  cost: z.number().min(0).max(1).optional().describe('Absent where the source is unknown.'),
  rttMs: z.number().optional(),
  rttMethod: rttMethod.optional().describe('How the RTT was measured; absent where it was not, or where nobody tells.'),
  jitterMs: z.number().optional(),
  lossPercent: z.number().optional(),
  lossPercentInterval: z
    .tuple([z.number(), z.number()])
    .optional()
    .describe('Where the loss is with 95 % confidence (Wilson); present where it was measured on this very link.'),
  bandwidthMbps: z.number().optional(),
  bandwidthSource: bandwidthSource.optional(),
  bandwidthConfidence: z.number().min(0).max(1).optional(),
  ageSeconds: z.number().optional(),
  bandwidthAgeSeconds: z.number().optional().describe('Absent where the bandwidth is not of this very link.'),
  congestionControl: z
    .string()
    .optional()
    .describe("The sender's of the last TCP test, by name; absent where the bandwidth is not of this very link."),
  samples: z.int().optional().describe('Pings that the loss figure is of.'),
  udp: z
    .object({ jitterMs: z.number().optional(), lossPercent: z.number().optional(), ageSeconds: z.number() })
    .optional()
    .describe('What the last UDP test said, one way.'),
});
export type LinkView = z.infer<typeof linkView>;

export const topologyView = z.object({
  generatedAt: z.string(),
  nodes: z.array(
    z.object({
      name: z.string(),
      zone: z.string().optional(),
      region: z.string().optional(),
      address: z.string().optional(),
      ready: z.boolean(),
    }),
  ),
  links: z.array(linkView),
});
export type TopologyView = z.infer<typeof topologyView>;
