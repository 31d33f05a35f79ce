import { z } from 'zod';
import * as field from '#core/api/fields.ts';
import { objectMeta } from '#core/api/kubernetes.ts';
import { API_VERSION } from '#core/api/names.ts';

export const measuredLink = z
  .object({
    destination: field.nodeName,
    rttMicroseconds: field.rttMicroseconds
      .optional()
      .describe('Median round-trip time; absent where no probe was ever answered.'),
    jitterMicroseconds: field.rttMicroseconds.optional(),
    lossPartsPerMillion: field.lossPartsPerMillion
      .optional()
      .describe('Lost round trips; 1000000 means unreachable: probed, and nothing came back.'),
    bandwidthBitsPerSecond: field.bandwidthBitsPerSecond.optional(),
    rttMeasuredAt: field.timestamp.optional(),
    bandwidthMeasuredAt: field.timestamp.optional(),
    samples: z.int().min(0).describe('Pings that the loss figure is of.'),
  })
  .describe('One directed link, from the origin of the slice to the destination.');
export type MeasuredLink = z.infer<typeof measuredLink>;

export const networkTopologySliceFields = z.object({
  origin: field.nodeName,
  zone: z.string().max(253).optional(),
  region: z.string().max(253).optional(),
  links: z.array(measuredLink).max(2000),
});

/** What one node measured to others. Cluster-scoped, named like the node and owned by it. */
export const networkTopologySlice = networkTopologySliceFields.extend({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('NetworkTopologySlice'),
  metadata: objectMeta,
});
export type NetworkTopologySlice = z.infer<typeof networkTopologySlice>;
