import { type Pod, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { membership, placementsOf } from '#core/appgroup/placements.ts';
import type { NodeUsage } from '#core/resources/node-usage.ts';
import type { PlacementCase } from './cases.ts';
import { type Cluster, pluginScores } from './default-scores.ts';

// What scheduler-plugins' NetworkOverhead decides (pkg/networkaware/networkoverhead of v0.34), with the weights that its
// documentation gives: its own 5, NodeResourcesFit's 0, all others kube-scheduler's.

const MAX_NODE_SCORE = 100;
const OWN_WEIGHT = 5;
const SAME_ZONE = 1;

/** The sum of all plugins' scores, by node name. All nodes are in one region, so that the costs of zone pairs count. */
export function networkOverheadScores(
  pod: Pod,
  usages: readonly NodeUsage[],
  cluster: Cluster,
  { known, zoneCosts }: Pick<PlacementCase, 'known' | 'zoneCosts'>,
): Map<string, number> {
  const { appGroup, workload } = membership(pod) ?? { appGroup: '', workload: '' };
  const placed = placementsOf(cluster.pods).get(appGroup) ?? new Map<string, readonly string[]>();
  const zoneOf = new Map(cluster.nodes.map(({ metadata }) => [metadata.name, metadata.labels?.[ZONE_LABEL] ?? '']));
  const costBetween = (node: string, other: string) => {
    if (node === other) return 0;
    const [origin, destination] = [zoneOf.get(node) ?? '', zoneOf.get(other) ?? ''];
    return origin === destination ? SAME_ZONE : zoneCosts(origin, destination);
  };
  // Of what the pod calls, never of what calls it, and whatever the weights of the calls.
  const dependencies = known.graph.dependencies(workload).flatMap(({ destination }) => placed.get(destination) ?? []);
  const names = usages.map(({ node }) => node.metadata.name);
  const costs = names.map((name) => dependencies.reduce((sum, other) => sum + costBetween(name, other), 0));
  const normalized = normalizedScores(costs);
  const others = pluginScores(pod, usages, cluster);
  return new Map(
    names.map((name, position) => {
      const { balancedAllocation = 0, topologySpread = 0 } = others.get(name) ?? {};
      return [name, OWN_WEIGHT * (normalized[position] as number) + balancedAllocation + 2 * topologySpread];
    }),
  );
}

/** Stretched between the least and the largest cost; where all are the same it tells nothing. */
function normalizedScores(costs: readonly number[]): number[] {
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  if (most === least) return costs.map(() => MAX_NODE_SCORE);
  return costs.map((cost) => MAX_NODE_SCORE - Math.trunc((MAX_NODE_SCORE * (cost - least)) / (most - least)));
}
