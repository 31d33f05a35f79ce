import type { Pod } from '#core/api/kubernetes.ts';
import { describeLink } from '#core/scoring/describe-link.ts';
import { type ExplainedLink, explainLinks } from '#core/scoring/explain.ts';
import { networkCostAt, networkCosts } from '#core/scoring/network-cost.ts';
import { peersOf, type Snapshot } from '#core/scoring/score.ts';

/** What speaks for a pod's node, as things stand in a snapshot. Costs are network costs: 0 the best. */
export interface PlacementReason {
  node: string;
  networkCost: number;
  /** The best of the other nodes; absent where there is none. */
  runnerUp?: { node: string; networkCost: number };
  /** The two links that cost the most. */
  links: ExplainedLink[];
}

const LINKS_TOLD = 2;

/** Undefined where the network cannot have had a say: the pod has no placed peers, say, or its node is not known. */
export function placementReason(pod: Pod, snapshot: Snapshot): PlacementReason | undefined {
  const { matrix } = snapshot;
  const node = pod.spec.nodeName;
  const index = node === undefined ? undefined : matrix.indexOf(node);
  const peers = peersOf(pod, snapshot, { strategy: 'linear', dependenciesOnly: false });
  if (node === undefined || index === undefined || typeof peers === 'string') return undefined;
  const costs = networkCosts(peers, matrix, [...matrix.nodes.keys()]);
  const costOf = (other: number) => networkCostAt(costs, other);
  let best: number | undefined;
  for (const other of matrix.nodes.keys()) {
    if (other !== index && (best === undefined || costOf(other) < costOf(best))) best = other;
  }
  const runnerUp = best === undefined ? undefined : { node: matrix.nodes[best]?.name ?? '', networkCost: costOf(best) };
  return {
    node,
    networkCost: costOf(index),
    ...(runnerUp === undefined ? {} : { runnerUp }),
    links: explainLinks(node, peers, snapshot).slice(0, LINKS_TOLD),
  };
}

/** "network cost 0.031 on n7; best other node n9: 0.045; calls db on n3: 0.020 (measured, 12 s ago); …" */
export function describeReason({ node, networkCost, runnerUp, links }: PlacementReason): string {
  return [
    `network cost ${networkCost.toFixed(3)} on ${node}`,
    ...(runnerUp === undefined ? [] : [`best other node ${runnerUp.node}: ${runnerUp.networkCost.toFixed(3)}`]),
    ...links.map(describeLink),
  ].join('; ');
}
