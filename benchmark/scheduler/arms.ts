import { NAMESPACE, SCHEDULER_NAME } from './apps.ts';
import { TOPOLOGY_NAME, WEIGHTS_NAME } from './network-overhead-objects.ts';

/** One way of scheduling. All are the same kube-scheduler binary, and differ in its configuration alone. */
export interface Arm {
  description: string;
  /** 0: kube-scheduler's own sample of the nodes. */
  percentageOfNodesToScore: number;
  /** netaware's extender runs and is called: as shipped, or as manifests/components/throughput sets it. */
  extender: 'none' | keyof typeof EXTENDER_FLAGS;
  /** scheduler-plugins' NetworkOverhead is switched on. */
  networkOverhead: boolean;
  /** The control plane's own kube-scheduler in place of the one that NetworkOverhead is compiled into. */
  currentRelease?: boolean;
}

export const EXTENDER_FLAGS = { shipped: {}, throughput: { shortlist: 'best' } } as const;

const PLAIN = { percentageOfNodesToScore: 0, extender: 'none', networkOverhead: false } as const;
const NETAWARE = { percentageOfNodesToScore: 100, extender: 'shipped', networkOverhead: false } as const;

export const ARMS = {
  plain: { ...PLAIN, description: 'kube-scheduler as it comes' },
  netaware: { ...NETAWARE, description: 'with the netaware extender, every node considered' },
  'netaware-throughput': {
    percentageOfNodesToScore: 1,
    extender: 'throughput',
    networkOverhead: false,
    description: 'with netaware set for throughput: the least sample, 100 nodes, and filter answers the best of them',
  },
  'network-overhead': { ...PLAIN, networkOverhead: true, description: 'with NetworkOverhead compiled in' },
  'plain-all-nodes': { ...PLAIN, percentageOfNodesToScore: 100, description: 'kube-scheduler, every node considered' },
  'netaware-sampled': {
    ...NETAWARE,
    percentageOfNodesToScore: 0,
    description: "with the netaware extender, kube-scheduler's own sample of the nodes",
  },
  'plain-few': {
    ...PLAIN,
    percentageOfNodesToScore: 1,
    description: 'kube-scheduler, the least sample that it takes: 100 nodes',
  },
  'netaware-few': {
    ...NETAWARE,
    percentageOfNodesToScore: 1,
    description: 'with the netaware extender, the least sample that kube-scheduler takes: 100 nodes',
  },
  'plain-current': { ...PLAIN, currentRelease: true, description: 'kube-scheduler of the current release' },
  'netaware-current': { ...NETAWARE, currentRelease: true, description: 'the current release with netaware' },
} satisfies Record<string, Arm>;

export type ArmName = keyof typeof ARMS;
export const ARM_NAMES = Object.keys(ARMS) as ArmName[];
export const DEFAULT_ARMS: readonly ArmName[] = [
  'plain',
  'netaware-throughput',
  'network-overhead',
  'plain-all-nodes',
  'netaware',
];

/** True for an arm of the control plane's own kube-scheduler: it compares with `plain-current`. */
export function isCurrentRelease(arm: ArmName): boolean {
  return 'currentRelease' in ARMS[arm];
}

/** As NetworkOverhead's own documentation weighs it. */
const NETWORK_OVERHEAD_WEIGHT = 5;
/** No arm waits for permission to call the API server. */
const CALLS_PER_SECOND = 5000;

/** The KubeSchedulerConfiguration of an arm; `extenderPort` where it has an extender. */
export function schedulerConfiguration(arm: Arm, kubeconfig: string, extenderPort?: number): object {
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig, qps: CALLS_PER_SECOND, burst: CALLS_PER_SECOND },
    percentageOfNodesToScore: arm.percentageOfNodesToScore,
    profiles: [{ schedulerName: SCHEDULER_NAME, ...(arm.networkOverhead ? networkOverheadProfile() : {}) }],
    ...(extenderPort === undefined ? {} : { extenders: [extender(extenderPort)] }),
  };
}

/** NodeResourcesFit keeps its filter, without which nodes overflow; its score is off, as NetworkOverhead advises. */
function networkOverheadProfile(): object {
  return {
    plugins: {
      multiPoint: { enabled: [{ name: 'NetworkOverhead', weight: NETWORK_OVERHEAD_WEIGHT }] },
      score: { disabled: [{ name: 'NodeResourcesFit' }] },
    },
    pluginConfig: [
      {
        name: 'NetworkOverhead',
        args: { namespaces: [NAMESPACE], weightsName: WEIGHTS_NAME, networkTopologyName: TOPOLOGY_NAME },
      },
    ],
  };
}

/** As in the manifests, but for TLS: both ends are on one machine. */
function extender(port: number): object {
  return {
    urlPrefix: `http://127.0.0.1:${port}/scheduler`,
    filterVerb: 'filter',
    prioritizeVerb: 'prioritize',
    weight: 1,
    nodeCacheCapable: true,
    ignorable: true,
    httpTimeout: '500ms',
  };
}
