import type { Measure, Traffic } from '#core/appgroup/discover/traffic.ts';

/** Measures of which only who calls counts. */
const CALLERS: readonly Measure[] = ['requests', 'connections'];

/**
 * Hubble counts the flows of answers as flows of their own, from the called to the caller. Where requests or opened connections
 * tell that only one end of a pair calls, all flows between the two are that call's. `undirected` has one of each two of which
 * nothing tells: they stay as they were counted.
 */
export function directFlows(traffic: readonly Traffic[]): { traffic: Traffic[]; undirected: Traffic[] } {
  const byEnds = new Map(traffic.map((pair) => [keyOf(pair.origin, pair.destination), pair]));
  const directed = traffic.flatMap((pair) => {
    const back = byEnds.get(keyOf(pair.destination, pair.origin));
    if (back === undefined || back === pair) return [pair];
    if (calls(pair) && !calls(back)) {
      const flows = (pair.amounts.flows ?? 0) + (back.amounts.flows ?? 0);
      return [{ ...pair, amounts: { ...pair.amounts, flows } }];
    }
    return calls(back) && !calls(pair) ? [] : [pair];
  });
  const undirected = traffic.filter((pair) => {
    const back = byEnds.get(keyOf(pair.destination, pair.origin));
    return back !== undefined && pair.origin.workload < back.origin.workload && !calls(pair) && !calls(back);
  });
  return { traffic: directed, undirected };
}

function calls({ amounts }: Traffic): boolean {
  return CALLERS.some((measure) => (amounts[measure] ?? 0) > 0);
}

function keyOf(a: Traffic['origin'], b: Traffic['origin']): string {
  return JSON.stringify([a.namespace, a.workload, b.namespace, b.workload]);
}
