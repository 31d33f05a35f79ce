/** The middle value, or the mean of the two middle ones; undefined for an empty list. Does not change its argument. */
export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5);
}

/** The q-quantile (q in 0..1) with linear interpolation between neighbours (type 7 of Hyndman and Fan); undefined for an empty list. */
export function quantile(values: ArrayLike<number>, q: number): number | undefined {
  if (values.length === 0) return undefined;
  const ordered = Float64Array.from(values);
  const position = (ordered.length - 1) * q;
  const index = Math.floor(position);
  select(ordered, index);
  const below = ordered[index] as number;
  if (index === position) return below;
  let above = Number.POSITIVE_INFINITY;
  for (let next = index + 1; next < ordered.length; next++) above = Math.min(above, ordered[next] as number);
  return below + (above - below) * (position - index);
}

/** Reorders the values so that the one at `index` is where sorting would put it, none before it larger (quickselect, Hoare). */
function select(values: Float64Array, index: number): void {
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = values[index] as number;
    let [low, high] = [left, right];
    while (low <= high) {
      while ((values[low] as number) < pivot) low++;
      while ((values[high] as number) > pivot) high--;
      if (low > high) break;
      [values[low], values[high]] = [values[high] as number, values[low] as number];
      low++;
      high--;
    }
    if (high < index) left = low;
    if (index < low) right = high;
  }
}

export function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** To so many digits behind the point. */
export function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
