import type { CallGraph } from '#benchmark/call-graph.ts';
import { SMALL, workload } from './workload.ts';

/**
 * Istio's Bookinfo, from its sources: two of the three versions of reviews, which get the same share of the requests, call
 * ratings. Its manifests state no requests.
 */
export const BOOKINFO: CallGraph = {
  name: 'bookinfo',
  front: 'productpage',
  workloads: [
    workload('productpage', SMALL, { details: 1, reviews: 1 }),
    workload('details', SMALL),
    workload('reviews', SMALL, { ratings: 0.67 }),
    workload('ratings', SMALL),
  ],
};
