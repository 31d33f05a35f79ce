import { type Node, type Pod, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { membership } from '#core/appgroup/placements.ts';
import { type NodeUsage, type Requests, requestsOf } from '#core/resources/node-usage.ts';
import { leastAllocatedScore } from '#lab/control-plane/scheduler/score-nodes.ts';

// A model of what kube-scheduler 1.36 adds up for a pod of a Deployment, in its default configuration, on nodes that differ in
// room and zone alone: NodeResourcesFit, NodeResourcesBalancedAllocation, and PodTopologySpread with its own default constraints.
// All its other plugins give every node the same. test/cluster/default-scores.test.ts compares it with the real one.

const MAX_NODE_SCORE = 100;

export interface PluginScores {
  leastAllocated: number;
  balancedAllocation: number;
  topologySpread: number;
}

/** All nodes of a cluster, and the pods on them. */
export interface Cluster {
  nodes: readonly Node[];
  pods: readonly Pod[];
}

/** Of each node that passed the filters, by name. Not weighted. */
export function pluginScores(pod: Pod, usages: readonly NodeUsage[], cluster: Cluster): Map<string, PluginScores> {
  const spread = topologySpreadScores(pod, usages, cluster);
  return new Map(
    usages.map((usage, position) => [
      usage.node.metadata.name,
      {
        leastAllocated: leastAllocatedScore(pod, usage),
        balancedAllocation: balancedAllocationScore(pod, usage),
        topologySpread: spread[position] as number,
      },
    ]),
  );
}

/** The sum with kube-scheduler's own weights, by node name. */
export function defaultScores(pod: Pod, usages: readonly NodeUsage[], cluster: Cluster): Map<string, number> {
  return new Map(
    [...pluginScores(pod, usages, cluster)].map(([name, { leastAllocated, balancedAllocation, topologySpread }]) => [
      name,
      leastAllocated + balancedAllocation + 2 * topologySpread,
    ]),
  );
}

/** How much the pod balances the node's cpu against its memory: 75 where it changes nothing (balanced_allocation.go of 1.36). */
function balancedAllocationScore(pod: Pod, { allocatable, requested }: NodeUsage): number {
  const wanted = requestsOf(pod);
  if (wanted.cpu === 0 && wanted.memory === 0) return 0;
  const after = balance({ cpu: requested.cpu + wanted.cpu, memory: requested.memory + wanted.memory }, allocatable);
  return MAX_NODE_SCORE / 2 + Math.trunc((MAX_NODE_SCORE / 2 + after - balance(requested, allocatable)) / 2);
}

/** 100 where cpu and memory are in use to the same part, 50 where one is full and the other empty. */
function balance(requested: Requests, allocatable: Requests): number {
  const [cpu, memory] = [requested.cpu / allocatable.cpu, requested.memory / allocatable.memory];
  return Math.trunc((1 - Math.abs(Math.min(cpu, 1) - Math.min(memory, 1)) / 2) * MAX_NODE_SCORE);
}

/** The default constraints of PodTopologySpread (podtopologyspread/plugin.go): a node, and a zone. */
const MAX_SKEWS = { node: 3, zone: 5 } as const;

/**
 * How few pods of the same workload are on each node and in its zone, by position (podtopologyspread/scoring.go). kube-scheduler
 * finds them by the selectors of Services and ReplicaSets, that is by workload.
 */
function topologySpreadScores(pod: Pod, usages: readonly NodeUsage[], { nodes, pods }: Cluster): number[] {
  const workload = membership(pod)?.workload;
  const siblings = pods.filter((other) => membership(other)?.workload === workload);
  const zoneOf = new Map(nodes.map(({ metadata }) => [metadata.name, metadata.labels?.[ZONE_LABEL]]));
  const names = usages.map(({ node }) => node.metadata.name);
  const weights = {
    node: Math.log(names.length + 2),
    zone: Math.log(new Set(names.map((name) => zoneOf.get(name))).size + 2),
  };
  const raw = names.map((name) => {
    const onNode = siblings.filter(({ spec }) => spec.nodeName === name).length;
    const inZone = siblings.filter(({ spec }) => zoneOf.get(spec.nodeName ?? '') === zoneOf.get(name)).length;
    return Math.round(onNode * weights.node + inZone * weights.zone + (MAX_SKEWS.node - 1) + (MAX_SKEWS.zone - 1));
  });
  const [least, most] = [Math.min(...raw), Math.max(...raw)];
  return raw.map((score) => Math.floor((MAX_NODE_SCORE * (most + least - score)) / most));
}
