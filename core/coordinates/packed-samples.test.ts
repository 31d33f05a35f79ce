import { expect, it } from 'vitest';
import { PackedSamples } from '#core/coordinates/packed-samples.ts';

it('tells the samples as they came, however many there are, as often as it is asked', () => {
  const packed = new PackedSamples();
  const samples = Array.from({ length: 5000 }, (_, position) => ({
    origin: position,
    destination: 5000 - position,
    rttMicroseconds: position / 3,
  }));
  for (const { origin, destination, rttMicroseconds } of samples) packed.push(origin, destination, rttMicroseconds);
  expect(packed.length).toBe(5000);
  expect([...packed]).toEqual(samples);
  expect([...packed]).toEqual(samples);
});
