import { z } from 'zod';
import { rttMethod } from '#core/api/agent.ts';
import * as field from '#core/api/fields.ts';
import { objectMeta } from '#core/api/kubernetes.ts';
import { atomicList, listMap, writtenAsWhole } from '#core/api/lists.ts';
import { API_VERSION } from '#core/api/names.ts';
import { type Rule, withRules } from '#core/api/rules.ts';

/** The aggregator stops before, where the object would have more than 64 KiB. */
const LINKS_LIMIT = 2000;

export const measuredLink = z
  .object({
    destination: field.nodeName.describe('Name of the node at the other end.'),
    rttMicroseconds: field.rttMicroseconds
      .optional()
      .describe('Median round-trip time, in microseconds; absent where no probe was ever answered.'),
    jitterMicroseconds: field.rttMicroseconds
      .optional()
      .describe('How much the round-trip time varies from ping to ping, in microseconds.'),
    lossPartsPerMillion: field.lossPartsPerMillion
      .optional()
      .describe('Lost round trips, in parts per million; 1000000 means unreachable: probed, and nothing came back.'),
    bandwidthBitsPerSecond: field.bandwidthBitsPerSecond
      .optional()
      .describe('What one test moved from the origin to the destination, in bits per second.'),
    rttMethod: rttMethod
      .optional()
      .describe('How the round-trip time was measured; icmp where it is absent, tcp where ICMP is blocked.'),
    rttMeasuredAt: field.timestamp
      .optional()
      .describe('When RTT, jitter and loss were last measured, as of the last write.'),
    bandwidthMeasuredAt: field.timestamp.optional().describe('When the bandwidth was last measured.'),
    samples: z.int().min(0).describe('Pings that the loss figure is of.'),
  })
  .describe('One directed link, from the origin of the slice to the destination.');
export type MeasuredLink = z.infer<typeof measuredLink>;

const MOST_ERROR_PARTS_PER_MILLION = 1_500_000;

/** Where a node stands in the network: see core/coordinates. */
export const coordinate = z
  .object({
    vectorMicroseconds: atomicList(z.int(), 8)
      .length(8)
      .describe('Its place, of which distances are round-trip times.'),
    originHeightMicroseconds: field.rttMicroseconds.describe('What it adds to links that it is the origin of.'),
    destinationHeightMicroseconds: field.rttMicroseconds.describe(
      'What it adds to links that it is the destination of.',
    ),
    errorPartsPerMillion: z
      .int()
      .min(0)
      .max(MOST_ERROR_PARTS_PER_MILLION)
      .describe('How far estimates are off, as a share of the round-trip time, in parts per million.'),
  })
  .describe(
    'Where the node stands: from two of these the round-trip time of a link that nobody measured is estimated.',
  );
export type Coordinate = z.infer<typeof coordinate>;

/** What the interface that the node is probed at has left: no link of the node can carry more. */
export const interfaceRoom = z
  .object({
    speedBitsPerSecond: field.bandwidthBitsPerSecond.describe('Nominal speed, in bits per second.'),
    freeToSendBitsPerSecond: field.bandwidthBitsPerSecond.describe('Speed less what was sent of late.'),
    freeToReceiveBitsPerSecond: field.bandwidthBitsPerSecond.describe('Speed less what was received of late.'),
    measuredAt: field.timestamp.describe('When the counters were last read.'),
  })
  .describe('What the interface of the origin has left, an upper bound of the bandwidth of its links.');
export type InterfaceRoom = z.infer<typeof interfaceRoom>;

const isNamedLikeOrigin: Rule<{ origin: string; metadata: { name: string } }> = {
  field: '.origin',
  cel: 'self.origin == self.metadata.name',
  isKept: ({ origin, metadata }) => origin === metadata.name,
  message: 'a NetworkTopologySlice is named like its origin',
};

/** What one node measured to others. Cluster-scoped, named like the node and owned by it. */
export const networkTopologySlice = withRules(
  z.object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('NetworkTopologySlice'),
    metadata: objectMeta,
    origin: field.nodeName.describe('Name of the node that measured; the slice has the same name.'),
    zone: field.labelValue.optional().describe('Zone of the origin: its label topology.kubernetes.io/zone.'),
    region: field.labelValue.optional().describe('Region of the origin: its label topology.kubernetes.io/region.'),
    observedAt: field.timestamp
      .optional()
      .describe(
        'When the aggregator last wrote the slice. Links that were fresh then go on being measured until it writes otherwise, ' +
          'for half an hour at most.',
      ),
    coordinate: writtenAsWhole(coordinate).optional(),
    interface: interfaceRoom.optional(),
    links: listMap(writtenAsWhole(measuredLink), ['destination'], LINKS_LIMIT).describe(
      'What the origin measured, one entry for each destination.',
    ),
  }),
  isNamedLikeOrigin,
).describe(
  'NetworkTopologySlice is what one node, the origin, measured to others. It is named like the node and owned by it, and ' +
    'written by the aggregator.',
);
export type NetworkTopologySlice = z.infer<typeof networkTopologySlice>;
