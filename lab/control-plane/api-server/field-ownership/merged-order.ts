/**
 * The order of a list that was applied onto a live one, each item by its key: the applied items in their own order, and
 * those that only the live list has where they stood among the items that both have. Follows kube-apiserver's
 * (structured-merge-diff, `visitListItems`).
 */
export function mergedOrder(live: readonly string[], applied: readonly string[]): string[] {
  const inLive = new Set(live);
  const inApplied = new Set(applied);
  const shared = applied.filter((key) => inLive.has(key));
  const order: string[] = [];
  const taken = new Set<string>();
  let [atLive, atApplied, atShared] = [0, 0, 0];
  while (atLive < live.length || atApplied < applied.length) {
    const own = live[atLive];
    const next = applied[atApplied];
    if (own !== undefined && !inApplied.has(own)) {
      order.push(own);
      atLive++;
    } else if (own !== undefined && (taken.has(own) || own !== shared[atShared])) {
      atLive++;
    } else if (next !== undefined) {
      order.push(next);
      taken.add(next);
      atApplied++;
      if (next === shared[atShared]) atShared++;
    }
  }
  return order;
}
