import type { CallGraph } from '#benchmark/call-graph.ts';
import { SMALL, workload } from './workload.ts';

/**
 * Apache Cassandra's write path with three replicas of each row: the client asks one node, the coordinator, which keeps one
 * replica and sends the write to both others at once, whatever quorum it then waits for.
 */
export const CASSANDRA: CallGraph = {
  name: 'cassandra',
  front: 'client',
  workloads: [
    workload('client', SMALL, { coordinator: 1 }),
    workload('coordinator', SMALL, { 'replica-2': 1, 'replica-3': 1 }),
    workload('replica-2', SMALL),
    workload('replica-3', SMALL),
  ],
};
