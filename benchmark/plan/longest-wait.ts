/** A link by the positions of its nodes. */
type Link = readonly [origin: number, destination: number];

/**
 * How many consecutive turns it takes at most, whichever is the first of them, until every ordered pair was probed: the longest that a
 * pair waits from one of its turns to the next, from the beginning, or to the end.
 */
export function longestWait(nodeCount: number, turns: Iterable<Iterable<Link>>): number {
  const lastTurns = new Int32Array(nodeCount * nodeCount).fill(-1);
  let longest = 0;
  let turn = 0;
  const waited = (place: number) => {
    longest = Math.max(longest, turn - (lastTurns[place] as number));
    lastTurns[place] = turn;
  };
  for (const links of turns) {
    for (const [origin, destination] of links) waited(origin * nodeCount + destination);
    turn += 1;
  }
  // As if all came after the end: a pair that waits still cannot have waited for less.
  for (let place = 0; place < lastTurns.length; place += 1) {
    if (Math.floor(place / nodeCount) !== place % nodeCount) waited(place);
  }
  return longest;
}
