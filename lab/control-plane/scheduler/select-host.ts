/** The node with the highest score; `random` (0 to below 1) picks among equals. Undefined where there are no nodes. */
export function selectHost(scores: ReadonlyMap<string, number>, random: () => number): string | undefined {
  const highest = Math.max(...scores.values());
  const best = [...scores]
    .filter(([, score]) => score === highest)
    .map(([name]) => name)
    .sort();
  return best[Math.floor(random() * best.length)];
}
