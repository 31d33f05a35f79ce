import { expect, it } from 'vitest';
import { bindingRate } from './binding-rate.ts';

it('is the pods per second of evenly spaced bindings', () => {
  expect(bindingRate(Array.from({ length: 101 }, (_, index) => 5000 + index * 4))).toBeCloseTo(250);
});

it('leaves out a slow start and a slow end, and takes the times in any order', () => {
  const steady = Array.from({ length: 80 }, (_, index) => 10_000 + index * 10);
  const start = Array.from({ length: 10 }, (_, index) => index * 1000);
  const end = Array.from({ length: 10 }, (_, index) => 20_000 + index * 1000);
  expect(bindingRate([...end, ...steady, ...start])).toBeCloseTo(100, 0);
});

it('says nothing of a handful of bindings', () => {
  expect(bindingRate([1, 2, 3])).toBeNaN();
});
