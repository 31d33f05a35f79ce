import { z } from 'zod';

// Field types shared by the resources and the protocols. Integers with the unit in the name; no floats in resources.

export const MICROSECONDS_LIMIT = 60_000_000;
export const PARTS_PER_MILLION = 1_000_000;
/** A link on which all is lost, of as many probes as it takes: probed, and nothing came back. */
export const UNREACHABLE_PARTS_PER_MILLION = 1_000_000;

export const NODE_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
export const NODE_NAME_LIMIT = 253;

export const nodeName = z
  .string()
  .min(1)
  .max(NODE_NAME_LIMIT)
  .regex(NODE_NAME, 'not a node name (lower-case letters, digits, "-" and ".")')
  .describe('Name of a node.');

export const workloadName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'not a workload name (lower-case letters, digits and "-")');

/** Zones and regions are values of labels. */
export const labelValue = z.string().max(63);

export const rttMicroseconds = z.int().min(0).max(MICROSECONDS_LIMIT);
export const BITS_PER_SECOND_LIMIT = 10_000_000_000_000;
export const bandwidthBitsPerSecond = z.int().min(0).max(BITS_PER_SECOND_LIMIT);
export const lossPartsPerMillion = z.int().min(0).max(PARTS_PER_MILLION);
export const generation = z.int().min(0);

/** RFC 3339: UTC as Kubernetes writes it, or any offset, which its API server takes as well. */
export const timestamp = z.iso
  .datetime({ offset: true, error: 'not a time as in RFC 3339, such as 2026-01-31T12:00:00Z' })
  .meta({ format: 'date-time' });
