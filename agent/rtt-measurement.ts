import type { ProbeOutcome } from '#agent/probe-outcome.ts';
import type { Disturbance, RttMeasurement, RttMethod } from '#core/api/agent.ts';

/** Undefined for a probe that failed: it says nothing about the link. */
export function rttMeasurement(
  destination: string,
  method: RttMethod,
  outcome: ProbeOutcome,
  disturbedBy: Disturbance | undefined,
): RttMeasurement | undefined {
  if (outcome.outcome === 'failed') return undefined;
  const { transmitted, received } = outcome;
  return {
    kind: 'rtt',
    destination,
    measuredAt: new Date().toISOString(),
    method,
    ...(disturbedBy === undefined ? {} : { disturbedBy }),
    transmitted,
    received,
    ...(outcome.outcome === 'answered'
      ? { rttMicroseconds: outcome.rttMicroseconds, jitterMicroseconds: outcome.jitterMicroseconds }
      : {}),
  };
}
