import { z } from 'zod';

const SUFFIXES: Record<string, number> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const PATTERN = /^\+?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?[0-9]+))?$/;

const REFUSAL = 'not a Kubernetes quantity';

/** A Kubernetes quantity that is not negative, such as `500m`, `1.5Gi`, `20M` or 3. */
export const quantity = z.union([z.number().nonnegative(REFUSAL), z.string().regex(PATTERN, REFUSAL)], REFUSAL);
export type Quantity = z.infer<typeof quantity>;

/** The quantity as a plain number in its base unit (cores, bytes, bits per second); undefined where it cannot be read. */
export function parseQuantity(value: Quantity): number | undefined {
  if (typeof value === 'number') return value;
  const match = PATTERN.exec(value);
  if (!match) return undefined;
  const [, digits, suffix, exponent] = match;
  const scale = exponent === undefined ? (SUFFIXES[suffix ?? ''] ?? Number.NaN) : 10 ** Number(exponent);
  return Number(digits) * scale;
}
