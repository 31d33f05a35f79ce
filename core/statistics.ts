/** The middle value, or the mean of the two middle ones; undefined for an empty list. Does not change its argument. */
export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5);
}

/** The q-quantile (q in 0..1) with linear interpolation between neighbours (type 7 of Hyndman and Fan); undefined for an empty list. */
export function quantile(values: readonly number[], q: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) return undefined;
  return below + (above - below) * (position - Math.floor(position));
}

export function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
