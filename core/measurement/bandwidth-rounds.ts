/** A link to be tested: data flows from the origin to the destination. */
export interface DirectedPair {
  origin: string;
  destination: string;
}

/**
 * All ordered pairs of nodes in rounds of disjoint pairs, so that no node is in two tests at a time: the circle method
 * of round-robin tournaments, each round once in either direction. N nodes make 2 (N - 1) rounds of N / 2 pairs; with an
 * odd number of nodes 2 N rounds, and one node rests in each.
 */
export function bandwidthRounds(nodes: readonly string[]): DirectedPair[][] {
  const last = nodes.length % 2 === 0 ? nodes.length - 1 : nodes.length;
  return Array.from({ length: Math.max(0, last) }, (_, round) => pairsOfRound(nodes, round, last))
    .filter((pairs) => pairs.length > 0)
    .flatMap((pairs) => [pairs, pairs.map(reverse)]);
}

/** One node (or the empty place of an odd number) keeps the `last` place, the others turn around it. */
function pairsOfRound(nodes: readonly string[], round: number, last: number): DirectedPair[] {
  const places = [[last, round]];
  for (let distance = 1; distance <= (last - 1) / 2; distance += 1) {
    places.push([(round + distance) % last, (round - distance + last) % last]);
  }
  return places.flatMap(([one, other]) => {
    const [origin, destination] = [nodes[one as number], nodes[other as number]];
    return origin === undefined || destination === undefined ? [] : [{ origin, destination }];
  });
}

function reverse({ origin, destination }: DirectedPair): DirectedPair {
  return { origin: destination, destination: origin };
}
