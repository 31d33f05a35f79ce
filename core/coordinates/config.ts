/** Dimensions of the vector. Serf's, and what Vivaldi's authors found to be more than enough (Dabek et al., SIGCOMM 2004, 5.1). */
export const DIMENSIONS = 8;

/**
 * Knobs of the solver. Those without a source were chosen on PlanetLab's RTTs and on zoned networks; docs/adr/0012 has the figures.
 */
export const SOLVER = {
  /** Sweeps over nodes that have no place yet. With half as many, errors with 8 probes are a seventh larger. */
  placingSweeps: 120,
  /** Sweeps over all nodes after that: few, so that where a node stands comes from many rounds of samples. */
  settlingSweeps: 2,
  /** Errors of estimates (of the logarithm of the RTT) above this count by their size, below it by their square (pseudo-Huber). */
  robustError: 0.05,
  /** Damping of a step: the diagonal counts this much more (Marquardt, 1963). Less overfits, more takes more sweeps. */
  placingDamping: 0.5,
  /** The same where a node has its place: noise and other peers move it little, a change in the network in some rounds. */
  settlingDamping: 5,
  /** What is long in a network: this quantile of its RTTs. A few links to another continent are in it, a wrong one is not. */
  scaleQuantile: 0.95,
  /** Nodes begin within a cube of this share of a long RTT. */
  firstSpread: 0.5,
  /** A step goes no further than this share of a long RTT. */
  longestStep: 0.07,
  /** How strongly a node is drawn to the centre, as Serf's gravity is there to keep coordinates from drifting. */
  gravity: 4,
  /** How strongly the two heights of a node are drawn to each other: a round trip is nearly the same from both ends. */
  heightTie: 0.1,
  /** Heights below this share of a long RTT are alike, whatever the one is divided by the other. */
  smallHeightShare: 0.01,
  /** The least height: a link takes some time, however close the nodes. As Serf's (10 us). */
  minHeightMicroseconds: 10,
  /** A node begins with this share of its fastest link as each height. */
  firstHeightShare: 0.25,
  /** A node whose links are further off than this share, and than so many times as far as before, is placed anew. */
  strayedError: 0.15,
  strayedFactor: 2,
  /** A node with fewer links has no coordinate. */
  minLinks: 3,
  /** The largest error that a node is said to have. As Serf's. */
  maxErrorRatio: 1.5,
} as const;

/** What counts as a move of a coordinate that is worth telling. */
export const STEADY = {
  /** An estimate that moved by less is the same: in microseconds, and as a share of the RTT. */
  leastMicroseconds: 250,
  leastShare: 0.05,
  /** A coordinate has moved where the estimates of more than this share of the node's links have. */
  movedLinks: 0.25,
} as const;
