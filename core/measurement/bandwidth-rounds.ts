/** A link to be tested: data flows from the origin to the destination. */
export interface DirectedPair {
  origin: string;
  destination: string;
}

/**
 * All pairs of nodes in rounds of disjoint pairs, so that no node is in two tests at a time: the circle method of
 * round-robin tournaments. N nodes make N - 1 rounds of N / 2 pairs; with an odd number of nodes N rounds, and one node
 * rests in each. Each pair is there in one direction; a node is the origin in half of its rounds, one more or less.
 */
export function bandwidthRounds(nodes: readonly string[]): DirectedPair[][] {
  const last = nodes.length % 2 === 0 ? nodes.length - 1 : nodes.length;
  return Array.from({ length: Math.max(0, last) }, (_, round) => pairsOfRound(nodes, round, last)).filter(
    (pairs) => pairs.length > 0,
  );
}

/** One node (or the empty place of an odd number) keeps the `last` place, the others turn around it. */
function pairsOfRound(nodes: readonly string[], round: number, last: number): DirectedPair[] {
  const places = [[last, round]];
  for (let distance = 1; distance <= (last - 1) / 2; distance += 1) {
    places.push([(round + distance) % last, (round - distance + last) % last]);
  }
  return (places as [number, number][]).flatMap(([one, other]) => {
    const upward = (one + other) % 2 === 0;
    const origin = nodes[upward ? Math.min(one, other) : Math.max(one, other)];
    const destination = nodes[upward ? Math.max(one, other) : Math.min(one, other)];
    return origin === undefined || destination === undefined ? [] : [{ origin, destination }];
  });
}

/** Any pairs in rounds of disjoint pairs: each in the first round that has neither of its ends yet. Fewer than twice as many rounds as a node has pairs. */
export function roundsOfPairs(pairs: Iterable<DirectedPair>): DirectedPair[][] {
  const rounds: DirectedPair[][] = [];
  const taken = new Map<string, Set<number>>();
  const roundsOf = (node: string) => {
    const known = taken.get(node) ?? new Set();
    taken.set(node, known);
    return known;
  };
  for (const pair of pairs) {
    const [one, other] = [roundsOf(pair.origin), roundsOf(pair.destination)];
    let round = 0;
    while (one.has(round) || other.has(round)) round += 1;
    one.add(round);
    other.add(round);
    rounds[round] ??= [];
    rounds[round]?.push(pair);
  }
  return rounds;
}

/** Both directions share what lies between two zones; within one zone each pair has a way of its own: undefined. */
export function zonePairOf(
  { origin, destination }: DirectedPair,
  zoneOf: (node: string) => string,
): string | undefined {
  const zones = [zoneOf(origin), zoneOf(destination)];
  return zones[0] === zones[1] ? undefined : zones.toSorted().join('\n');
}

/** The same for both directions. */
export function pairKey({ origin, destination }: DirectedPair): string {
  return origin < destination ? `${origin}\n${destination}` : `${destination}\n${origin}`;
}
