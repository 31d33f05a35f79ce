import type { CallGraph } from '#benchmark/call-graph.ts';

/** A workload of a preset about the network: CPU time and response size are one small figure for all of them. */
export function workload(
  name: string,
  requests: { cpu: string; memory: string },
  callsPerRequest: Record<string, number> = {},
): CallGraph['workloads'][number] {
  return { name, requests, cpuMicroseconds: 200, responseBytes: 2048, callsPerRequest };
}

/** For a workload whose source states no requests. */
export const SMALL = { cpu: '100m', memory: '64Mi' } as const;
