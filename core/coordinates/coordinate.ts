import type { Coordinate } from '#core/api/network-topology-slice.ts';

export interface RttEstimate {
  rttMicroseconds: number;
  /** How wrong it may well be, as a share of the RTT: 0.1 is 10 %. */
  errorRatio: number;
}

/**
 * The round-trip time from one node to another: the distance of their vectors, the origin's height as an origin and the
 * destination's as a destination (Dabek et al., SIGCOMM 2004, with a height for each direction).
 */
export function estimateRtt(origin: Coordinate, destination: Coordinate): RttEstimate {
  const [here, there] = [origin.vectorMicroseconds, destination.vectorMicroseconds];
  let square = 0;
  for (let axis = 0; axis < here.length; axis++) {
    const apart = (here[axis] as number) - (there[axis] as number);
    square += apart * apart;
  }
  const heights = origin.originHeightMicroseconds + destination.destinationHeightMicroseconds;
  const [one, other] = [origin.errorPartsPerMillion / 1e6, destination.errorPartsPerMillion / 1e6];
  return {
    rttMicroseconds: Math.round(Math.sqrt(square) + heights),
    errorRatio: Math.sqrt((one * one + other * other) / 2),
  };
}
