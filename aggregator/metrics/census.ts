import type { Aggregation } from '#aggregator/aggregation.ts';
import { newestThatFit } from '#aggregator/publishing/slice-content.ts';
import { fitsSlice } from '#aggregator/publishing/stored-size.ts';
import { freshSeconds } from '#core/topology/measured-links.ts';

/** What the gauges tell of all links together; made in one pass, O(N·k). */
export interface LinkCensus {
  /** Of the planned links with a fresh answer, in seconds. */
  rttAges: Float64Array;
  /** Planned links without an answer. */
  unreachableLinks: number;
  /** By destination: links that are planned, and those of them with a fresh round trip. */
  incoming: ReadonlyMap<string, IncomingLinks>;
  /** Ordered pairs of nodes that are Ready. */
  pairs: number;
  /** Links that no slice has room for. */
  leftOutOfSlices: number;
}

interface IncomingLinks {
  planned: number;
  answered: number;
}

/** One census for all gauges of a scrape, which are asked for their values in one go. */
export function censusOf(aggregation: Aggregation): () => LinkCensus {
  let kept: LinkCensus | undefined;
  return () => {
    if (kept === undefined) queueMicrotask(() => (kept = undefined));
    kept ??= takeCensus(aggregation, Date.now());
    return kept;
  };
}

function takeCensus(aggregation: Aggregation, nowMs: number): LinkCensus {
  const freshMs = freshSeconds(aggregation.spec.probe).rtt * 1000;
  const ages: number[] = [];
  const incoming = new Map<string, IncomingLinks>();
  let unreachableLinks = 0;
  for (const { origin, destination } of aggregation.plannedLinks()) {
    const to = incoming.get(destination) ?? { planned: 0, answered: 0 };
    incoming.set(destination, to);
    to.planned += 1;
    const state = aggregation.store.state(origin, destination);
    const ageMs = state === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - state.rttMeasuredAtMs);
    if (state === undefined || ageMs > freshMs) continue;
    ages.push(ageMs / 1000);
    if (state.unreachable) unreachableLinks += 1;
    else to.answered += 1;
  }
  const ready = aggregation.readyNodes();
  return {
    rttAges: Float64Array.from(ages),
    unreachableLinks,
    incoming,
    pairs: ready * Math.max(0, ready - 1),
    leftOutOfSlices: leftOutOfSlices(aggregation),
  };
}

function leftOutOfSlices(aggregation: Aggregation): number {
  const { store } = aggregation;
  // Links are thousands of objects, and all of them fit nearly always.
  const tooFull = aggregation.nodes().filter(({ name }) => {
    const ends = store.destinations(name).map((destination) => ({ destination }));
    return !fitsSlice(name, ends);
  });
  return tooFull.reduce((sum, { name }) => {
    const links = store.links(name);
    return sum + links.length - newestThatFit(name, links).length;
  }, 0);
}
