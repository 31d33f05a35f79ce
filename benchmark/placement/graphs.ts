import type { CallGraph } from '#benchmark/call-graph.ts';
import { BOOKINFO } from '#benchmark/presets/bookinfo.ts';
import { CASSANDRA } from '#benchmark/presets/cassandra.ts';
import { CLOUD_TO_EDGE } from '#benchmark/presets/cloud-to-edge.ts';
import { HOTEL_RESERVATION } from '#benchmark/presets/hotel-reservation.ts';
import { ONLINE_BOUTIQUE } from '#benchmark/presets/online-boutique.ts';
import { workload } from '#benchmark/presets/workload.ts';

/** The apps of the presets; the other presets are mere shapes. */
export const APPS: readonly CallGraph[] = [ONLINE_BOUTIQUE, BOOKINFO, HOTEL_RESERVATION, CASSANDRA, CLOUD_TO_EDGE];

const MOST_CALLEES = 3;

/**
 * A call graph without cycles that a seed makes: every workload but the first is called by one or more of those before it, 0.1 to
 * 3 times for each request; requests of 50 to 400 millicores and 32 to 512 MiB.
 */
export function randomGraph(workloads: number, random: () => number): CallGraph {
  const whole = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const nameOf = (index: number) => `w${String(index).padStart(2, '0')}`;
  const calls: Record<string, number>[] = Array.from({ length: workloads }, () => ({}));
  for (let callee = 1; callee < workloads; callee++) {
    const callers = whole(1, Math.min(MOST_CALLEES, callee));
    for (let call = 0; call < callers; call++) {
      const caller = calls[whole(0, callee - 1)] as Record<string, number>;
      caller[nameOf(callee)] = whole(1, 30) / 10;
    }
  }
  return {
    name: 'random',
    front: nameOf(0),
    workloads: calls.map((callsPerRequest, index) =>
      workload(nameOf(index), { cpu: `${50 * whole(1, 8)}m`, memory: `${32 * whole(1, 16)}Mi` }, callsPerRequest),
    ),
  };
}
