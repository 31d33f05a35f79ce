/** One series of an answer: labels, and what its counter rose by over the window. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What a counter counts. Flows are events of a flow as Hubble sees them, not requests; connections are TCP's. */
export type Measure = 'requests' | 'bytes' | 'flows' | 'connections';

/** One end of a call, as a mesh's labels tell it. */
export interface Endpoint {
  namespace: string;
  /** '' where the mesh does not know it. */
  workload: string;
  /** Such as Deployment, where the mesh tells. */
  kind?: string;
}

/** What went from one end to the other within the window, where it was counted. */
export interface Traffic {
  origin: Endpoint;
  destination: Endpoint;
  amounts: Partial<Record<Measure, number>>;
}

/** The series of one metric. */
export interface MetricSamples {
  measure: Measure;
  samples: readonly Sample[];
}

type Ends = Pick<Traffic, 'origin' | 'destination'>;

/**
 * Adds up what the series say of each pair of ends. Both proxies of a call report it, each on its own, and where a side has no
 * proxy, or only some of its pods have, one of them saw less: what the reporter counted who saw most is taken.
 */
export function sumTraffic(metrics: readonly MetricSamples[], endsOf: (labels: Sample['labels']) => Ends): Traffic[] {
  const pairs = new Map<string, Traffic>();
  for (const { measure, samples } of metrics) {
    const byPair = Map.groupBy(samples.filter(isCount), ({ labels }) => pairKey(endsOf(labels)));
    for (const [key, series] of byPair) {
      const reporters = Map.groupBy(series, ({ labels }) => labels.reporter ?? '');
      const amount = Math.max(...[...reporters.values()].map(sum));
      const traffic = pairs.get(key) ?? { ...endsOf((series[0] as Sample).labels), amounts: {} };
      traffic.amounts[measure] = (traffic.amounts[measure] ?? 0) + amount;
      pairs.set(key, traffic);
    }
  }
  return [...pairs].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, traffic]) => traffic);
}

/** A counter that the division of nothing by nothing made is none. */
function isCount({ value }: Sample): boolean {
  return Number.isFinite(value) && value >= 0;
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, { value }) => total + value, 0);
}

function pairKey({ origin, destination }: Ends): string {
  return JSON.stringify([origin.namespace, origin.workload, destination.namespace, destination.workload]);
}

/** True where anything at all went over within the window. */
export function isLive({ amounts }: Traffic): boolean {
  return Object.values(amounts).some((amount) => amount > 0);
}
