/** From both ends in turn: the first, the last, the second, the last but one, and so on. */
export function alternateOrder<T>(order: readonly T[]): T[] {
  const fromTheEnd = order.toReversed();
  return order.flatMap((first, index) => [first, fromTheEnd[index] as T]).slice(0, order.length);
}
