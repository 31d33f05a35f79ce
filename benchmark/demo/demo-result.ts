import type { LinkAgreement, LinkFigures, MeasuredFigures } from '#benchmark/demo/link-agreement.ts';
import type { LoadSummary } from '#benchmark/load/summary.ts';
import type { PairedDifference } from '#benchmark/paired-difference.ts';

export interface Placement {
  workload: string;
  pod: string;
  node: string;
}

/** One deployment of the app and the load on it. */
export interface Repeat {
  placements: Placement[];
  /** Mean cost of the link that a call takes, 0..1, by the measured network. */
  networkCost: number;
  load: LoadSummary;
}

export interface Arm {
  name: string;
  /** Of the first repeat. */
  placements: Placement[];
  /** Mean over the repeats. */
  networkCost: number;
  /** The requests of all repeats taken together. */
  load: LoadSummary;
  repeats: Repeat[];
}

export interface LinkResult {
  origin: string;
  destination: string;
  configured: LinkFigures;
  measured: MeasuredFigures;
  agrees: LinkAgreement;
}

/** netaware minus default, a pair for each repeat: negative latencies are a gain. */
export type Comparison = Record<'p50Ms' | 'p90Ms' | 'p99Ms' | 'networkCost', PairedDifference | undefined>;

export interface DemoResult {
  settings: {
    app: string;
    seed: number;
    repeats: number;
    requestsPerSecond: number;
    measuredSeconds: number;
    router: string;
    congestionControl: string;
    controlPlane: 'embedded' | 'kubernetes';
  };
  links: LinkResult[];
  arms: Arm[];
  comparison: Comparison;
}
