import type { CallGraph } from '#benchmark/call-graph.ts';
import { SMALL, workload } from './workload.ts';

// Shapes of our own, to see what a placement does with each: every call is made once for a request to the front.

export const CHAIN: CallGraph = {
  name: 'chain',
  front: 'link-1',
  workloads: [
    workload('link-1', SMALL, { 'link-2': 1 }),
    workload('link-2', SMALL, { 'link-3': 1 }),
    workload('link-3', SMALL, { 'link-4': 1 }),
    workload('link-4', SMALL, { 'link-5': 1 }),
    workload('link-5', SMALL),
  ],
};

export const STAR: CallGraph = {
  name: 'star',
  front: 'hub',
  workloads: [
    workload('hub', SMALL, { 'leaf-1': 1, 'leaf-2': 1, 'leaf-3': 1, 'leaf-4': 1, 'leaf-5': 1 }),
    workload('leaf-1', SMALL),
    workload('leaf-2', SMALL),
    workload('leaf-3', SMALL),
    workload('leaf-4', SMALL),
    workload('leaf-5', SMALL),
  ],
};

/** Two paths that cross in one workload: it serves both, so it is called twice. */
export const CROSS: CallGraph = {
  name: 'cross',
  front: 'front',
  workloads: [
    workload('front', SMALL, { north: 1, west: 1 }),
    workload('north', SMALL, { centre: 1 }),
    workload('west', SMALL, { centre: 1 }),
    workload('centre', SMALL, { south: 2, east: 2 }),
    workload('south', SMALL),
    workload('east', SMALL),
  ],
};

/** A tree: the front calls three branches, each of them two leaves. */
export const FAN_OUT: CallGraph = {
  name: 'fan-out',
  front: 'front',
  workloads: [
    workload('front', SMALL, { 'branch-1': 1, 'branch-2': 1, 'branch-3': 1 }),
    workload('branch-1', SMALL, { 'leaf-1': 1, 'leaf-2': 1 }),
    workload('branch-2', SMALL, { 'leaf-3': 1, 'leaf-4': 1 }),
    workload('branch-3', SMALL, { 'leaf-5': 1, 'leaf-6': 1 }),
    workload('leaf-1', SMALL),
    workload('leaf-2', SMALL),
    workload('leaf-3', SMALL),
    workload('leaf-4', SMALL),
    workload('leaf-5', SMALL),
    workload('leaf-6', SMALL),
  ],
};
