import { Aggregation } from '#aggregator/aggregation.ts';
import { clusterNodes, ownAddresses } from '#aggregator/cluster/cluster-node.ts';
import type { TopologyPlanOptions } from '#cli/commands/topology/plan.ts';
import { formatPlanView } from '#cli/commands/topology/plan-table.ts';
import { aggregatorUrl } from '#cli/endpoints.ts';
import { getJson } from '#cli/http.ts';
import { printResult } from '#cli/output.ts';
import { readStateSources } from '#cli/state-source.ts';
import { tlsCredentials } from '#cli/tls-options.ts';
import { DEFAULT_WEIGHTS_NAME } from '#core/api/diktyo.ts';
import { networkTopologySpec } from '#core/api/network-topology.ts';
import { type PlanView, planView } from '#core/api/plan-view.ts';
import { AppError } from '#core/errors.ts';

/** Stand for what a file does not tell, of either family; nothing is sent there. */
const ANY_ADDRESSES = ['192.0.2.1', '2001:db8::1'];

/** What `topology plan` does. */
export async function topologyPlan(options: TopologyPlanOptions): Promise<void> {
  const view = options.filename === undefined ? await plannedThere(options) : await planHere(options, options.filename);
  printResult(view, options.output, () => formatPlanView(view, options.node));
}

async function plannedThere({ aggregator, node, ...tls }: TopologyPlanOptions): Promise<PlanView> {
  const url = new URL('v1/plan', await aggregatorUrl(aggregator));
  if (node !== undefined) url.searchParams.set('node', node);
  return getJson(url, planView, tlsCredentials(tls));
}

/** As the aggregator would with these nodes, settings and slices: nodes without an address are taken to get one. */
async function planHere(options: TopologyPlanOptions, filename: string[]): Promise<PlanView> {
  const { recursive = false, weightsName = DEFAULT_WEIGHTS_NAME, node } = options;
  const { nodes, topology, slices } = await readStateSources({ ...options, filename, recursive, weightsName });
  const files = filename.join(', ');
  if (nodes.length === 0) {
    throw new AppError(
      'NOT_FOUND',
      `no nodes in ${files}: a plan needs them ("kubectl get nodes -o yaml" prints them)`,
    );
  }
  const nowMs = Date.now();
  const aggregation = new Aggregation({
    changed: () => {},
    measured: () => {},
    rejected: () => {},
    leaseEnded: () => {},
  });
  const spec = topology?.spec ?? networkTopologySpec.parse({});
  const members = clusterNodes(nodes, spec.probe.ipFamilies, (one) => {
    const addresses = ownAddresses(one);
    return addresses.length > 0 ? addresses : ANY_ADDRESSES;
  });
  aggregation.updateCluster(members, spec, nowMs);
  aggregation.seed(slices, nowMs);
  if (node !== undefined && aggregation.node(node) === undefined) {
    throw new AppError('NOT_FOUND', `--node: no node ${node} in ${files}`);
  }
  return aggregation.planView(nowMs, node);
}
