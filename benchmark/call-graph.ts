import { z } from 'zod';
import * as field from '#core/api/fields.ts';
import { quantity } from '#core/api/quantity.ts';

/** A synthetic application: workloads, and how often each calls the others for one request to the front. */
export const callGraph = z.object({
  name: field.workloadName,
  front: field.workloadName,
  workloads: z.array(
    z.object({
      name: field.workloadName,
      requests: z.object({ cpu: quantity, memory: quantity }),
      /** CPU time that one call costs, before its own calls. */
      cpuMicroseconds: z.int().min(0).max(10_000_000),
      responseBytes: z.int().min(0).max(10_000_000),
      /** Calls for each request to the front, by the name of the called workload; made one after the other. */
      callsPerRequest: z.record(field.workloadName, z.number().positive().max(1000)),
    }),
  ),
});
export type CallGraph = z.infer<typeof callGraph>;

/** How often each workload is called for one request to the front; the front itself once. */
export function callsIn(graph: CallGraph): Map<string, number> {
  const calls = new Map(graph.workloads.map(({ name }) => [name, name === graph.front ? 1 : 0]));
  for (const { callsPerRequest } of graph.workloads) {
    for (const [callee, count] of Object.entries(callsPerRequest)) calls.set(callee, (calls.get(callee) ?? 0) + count);
  }
  return calls;
}

/** Calls that a workload makes each time it is called itself. */
export function callsPerCall(graph: CallGraph, workload: string): { name: string; calls: number }[] {
  const called = callsIn(graph).get(workload) ?? 0;
  const made = graph.workloads.find(({ name }) => name === workload)?.callsPerRequest ?? {};
  return Object.entries(made).map(([name, calls]) => ({ name, calls: called === 0 ? 0 : calls / called }));
}
