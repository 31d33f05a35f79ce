import { describe, expect, it } from 'vitest';
import type { RttSample } from '#core/coordinates/node-links.ts';
import { serfCoordinates } from './serf.ts';

const NODES = 10;

describe("Serf's coordinates", () => {
  // As in coordinate/performance_test.go of hashicorp/serf: a line, 10 ms from each node to the next, all pairs observed.
  it('learn a line within a few per cent', () => {
    const samples: RttSample[] = [];
    for (let origin = 0; origin < NODES; origin++) {
      for (let destination = 0; destination < NODES; destination++) {
        if (origin === destination) continue;
        samples.push({ origin, destination, rttMicroseconds: 10_000 * Math.abs(origin - destination) });
      }
    }
    const estimate = serfCoordinates(NODES, samples, { rounds: 300, seed: 1 });
    const errors = samples.map(({ origin, destination, rttMicroseconds }) =>
      Math.abs(estimate(origin, destination) / rttMicroseconds - 1),
    );
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.05);
  });
});
