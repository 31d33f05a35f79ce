import { z } from 'zod';
import * as field from '#core/api/fields.ts';
import { probeSettings } from '#core/api/network-topology.ts';

// Agent -> aggregator. The agent asks for its plan, measures, and reports. Times in a plan are spans, never instants,
// because the clocks of two machines differ.

/** One end of one bandwidth test. The server starts `iperf3` for one test, the client connects to it until it answers. */
export const bandwidthLease = z.object({
  id: z.string().min(1).max(64),
  role: z.enum(['client', 'server']),
  peer: field.nodeName,
  address: z.string().min(1).describe('Where the server listens.'),
  port: z.int().min(1024).max(65_535),
  seconds: z.int().min(1).max(30),
  omitSeconds: z.int().min(0).max(10),
  protocol: z.enum(['tcp', 'udp']).optional().describe('tcp where it is left out; udp tells jitter and loss too.'),
  maxBitsPerSecond: z.int().min(1).describe('Cap of the sending rate, so that the test keeps its byte budget.'),
  deadlineMilliseconds: z.int().min(1).describe('The lease ends this long after the plan was sent.'),
});
export type BandwidthLease = z.infer<typeof bandwidthLease>;

/** How a round trip was timed: by ping, or, where ICMP is blocked, by a TCP connection to the port of the peer's agent. */
export const RTT_METHODS = ['icmp', 'tcp'] as const;
export const rttMethod = z.enum(RTT_METHODS);
export type RttMethod = z.infer<typeof rttMethod>;

const tcpPort = z.int().min(1).max(65_535);

export const probePlan = z.object({
  node: field.nodeName,
  revision: z.string().describe('Changes whenever the plan does; sent back to wait for the next one.'),
  probe: probeSettings,
  peers: z.array(
    z.object({
      node: field.nodeName,
      address: z.string().min(1),
      tcpPort: tcpPort.optional().describe("Where the peer's agent listens, if that is known."),
    }),
  ),
  lease: bandwidthLease.optional(),
});
export type ProbePlan = z.infer<typeof probePlan>;

export const probePlanQuery = z.object({
  node: field.nodeName,
  after: z.string().max(64).optional().describe('Answer when the revision is no longer this one, or after the wait.'),
  waitSeconds: z.coerce.number().int().min(0).max(60).default(0),
  tcpPort: z.coerce.number().pipe(tcpPort).optional().describe('Where the agent that asks listens.'),
});

/** What makes a measurement worthless: the agent was held back, as by its CPU limit, or a bandwidth test was under way. */
const disturbance = z.enum(['throttled', 'bandwidthTest']);
export type Disturbance = z.infer<typeof disturbance>;

const rttMeasurement = z
  .object({
    kind: z.literal('rtt'),
    destination: field.nodeName,
    measuredAt: field.timestamp,
    method: rttMethod.optional().describe('icmp where it is left out.'),
    disturbedBy: disturbance.optional(),
    transmitted: z.int().min(1).max(100_000),
    received: z.int().min(0).max(100_000),
    rttMicroseconds: field.rttMicroseconds.optional(),
    jitterMicroseconds: field.rttMicroseconds.optional(),
  })
  .refine(({ transmitted, received }) => received <= transmitted, {
    path: ['received'],
    error: 'more received than transmitted',
  })
  .refine(({ received, rttMicroseconds }) => received > 0 === (rttMicroseconds !== undefined), {
    path: ['rttMicroseconds'],
    error: 'wanted exactly where a ping was answered',
  });
export type RttMeasurement = z.infer<typeof rttMeasurement>;

/** As kernels name it, such as cubic; people read it. */
export const CONGESTION_CONTROL = /^[\w.-]{1,32}$/;

const bandwidthMeasurement = z
  .object({
    kind: z.literal('bandwidth'),
    destination: field.nodeName,
    measuredAt: field.timestamp,
    leaseId: z.string().min(1).max(64),
    bandwidthBitsPerSecond: field.bandwidthBitsPerSecond.min(1).optional(),
    protocol: z.enum(['tcp', 'udp']).optional().describe('tcp where it is left out.'),
    congestionControl: z.string().regex(CONGESTION_CONTROL).optional().describe("The sender's, of a TCP test."),
    jitterMicroseconds: field.rttMicroseconds.optional().describe('One way, of a UDP test.'),
    lossPartsPerMillion: field.lossPartsPerMillion.optional().describe('One way, of a UDP test.'),
    disturbedBy: disturbance.optional(),
    error: z.string().min(1).max(500).optional().describe('Why there is no value; a failed test has no bandwidth.'),
  })
  .refine((measurement) => (measurement.bandwidthBitsPerSecond === undefined) !== (measurement.error === undefined), {
    path: ['bandwidthBitsPerSecond'],
    error: 'wanted either a bandwidth or an error',
  });
export type BandwidthMeasurement = z.infer<typeof bandwidthMeasurement>;

export const measurement = z.discriminatedUnion('kind', [rttMeasurement, bandwidthMeasurement]);
export type Measurement = z.infer<typeof measurement>;

export const MAX_MEASUREMENTS_PER_REPORT = 1000;

/** What the interface of a node can carry and did carry of late: an upper bound of what its links can. */
export const interfaceReading = z.object({
  measuredAt: field.timestamp,
  speedBitsPerSecond: field.bandwidthBitsPerSecond.min(1),
  sentBitsPerSecond: field.bandwidthBitsPerSecond,
  receivedBitsPerSecond: field.bandwidthBitsPerSecond,
});
export type InterfaceReading = z.infer<typeof interfaceReading>;

export const report = z
  .object({
    node: field.nodeName.describe('The origin of every measurement in it.'),
    measurements: z.array(measurement).max(MAX_MEASUREMENTS_PER_REPORT),
    interface: interfaceReading.optional(),
  })
  .refine(({ measurements, interface: reading }) => measurements.length > 0 || reading !== undefined, {
    path: ['measurements'],
    error: 'a report without any measurement',
  });
export type Report = z.infer<typeof report>;

/** `duplicates` were accepted before: sending a report twice changes nothing. */
export const reportReceipt = z.object({
  accepted: z.int().min(0),
  duplicates: z.int().min(0),
  rejected: z
    .array(z.object({ index: z.int().min(0), reason: z.string() }))
    .optional()
    .describe('Measurements that are not plausible, by their position in the report; the others were taken.'),
  rejectedInterface: z.string().optional().describe('Why the reading of the interface was not taken.'),
});
export type ReportReceipt = z.infer<typeof reportReceipt>;
