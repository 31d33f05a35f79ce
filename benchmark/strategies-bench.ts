import { appGroupOf, podOf } from '#benchmark/manifests.ts';
import { ONLINE_BOUTIQUE } from '#benchmark/presets/online-boutique.ts';
import { type Node, node, type Pod, pod, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { API_VERSION } from '#core/api/names.ts';
import { networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { buildGraph } from '#core/appgroup/graph.ts';
import { PlacementIndex, placementsOf } from '#core/appgroup/placements.ts';
import { trafficOrder } from '#core/appgroup/traffic-order.ts';
import { createRandom } from '#core/random.ts';
import { filterNodes } from '#core/resources/node-filters.ts';
import { usageOfNodes } from '#core/resources/node-usage.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import { scorePod } from '#core/scoring/score.ts';
import { buildMatrix, createSnapshot, indexGroups } from '#core/scoring/snapshot.ts';
import { STRATEGY_NAMES, type StrategyName } from '#core/scoring/strategies.ts';
import { mean, quantile } from '#core/statistics.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';
import { scoreNodes } from '#lab/control-plane/scheduler/score-nodes.ts';
import { selectHost } from '#lab/control-plane/scheduler/select-host.ts';

// Which strategy places best: the network cost of Online Boutique, placed pod by pod by the embedded scheduler with each
// strategy's scores, on seeded zoned networks. Decides docs/adr/0006-default-strategy.md.

const CASES = 200;
const NAMESPACE = 'default';
/** A score of 1 of the extender counts as much as 10 of a plugin. */
const EXTENDER_SCORE_SCALE = 10;
const ARMS = ['default', ...STRATEGY_NAMES] as const;
type ArmName = (typeof ARMS)[number];

const group = appGroupOf(ONLINE_BOUTIQUE, NAMESPACE);
const graph = buildGraph(group.spec);
const groups = indexGroups([group]);

const costs = new Map<ArmName, number[]>(ARMS.map((arm) => [arm, []]));
for (let seed = 1; seed <= CASES; seed++) {
  const { nodes, matrix, replicas } = makeCase(seed);
  for (const arm of ARMS) {
    const pods = placeApp(arm, nodes, matrix, replicas, createRandom(seed));
    costs
      .get(arm)
      ?.push(placementCost(graph, placementsOf(pods).get(`${NAMESPACE}/${group.metadata.name}`) ?? new Map(), matrix));
  }
}

process.stdout.write(`network cost of ${ONLINE_BOUTIQUE.name} on ${CASES} seeded zoned networks, 0..1\n`);
process.stdout.write('strategy    mean   median  p90    mean of cost/default\n');
const byDefault = costs.get('default') ?? [];
for (const [arm, values] of costs) {
  const ratios = values.map((value, index) => value / (byDefault[index] ?? Number.NaN));
  const figures = [mean(values), quantile(values, 0.5), quantile(values, 0.9), mean(ratios)];
  process.stdout.write(`${arm.padEnd(10)}  ${figures.map((figure) => (figure ?? Number.NaN).toFixed(3)).join('  ')}\n`);
}

/** Pods one by one in the group's order; those that fit nowhere stay out, for every arm alike. */
function placeApp(arm: ArmName, nodes: Node[], matrix: LinkMatrix, replicas: number, random: () => number): Pod[] {
  const pods: Pod[] = [];
  for (const workload of trafficOrder(graph)) {
    for (let replica = 0; replica < replicas; replica++) {
      const options = { namespace: NAMESPACE, podName: `${workload}-${replica}`, schedulerName: arm, seed: 0 };
      const candidate = pod.parse(podOf(ONLINE_BOUTIQUE, workload, options));
      const { feasible } = filterNodes(candidate, usageOfNodes(nodes, pods, new Map()));
      const scores = scoreNodes(candidate, feasible);
      if (arm !== 'default') addNetworkScores(scores, candidate, pods, matrix, arm);
      const nodeName = selectHost(scores, random);
      if (nodeName !== undefined) pods.push({ ...candidate, spec: { ...candidate.spec, nodeName } });
    }
  }
  return pods;
}

function addNetworkScores(
  scores: Map<string, number>,
  candidate: Pod,
  pods: Pod[],
  matrix: LinkMatrix,
  strategy: StrategyName,
): void {
  const snapshot = createSnapshot({ matrix, groups, placed: PlacementIndex.of(pods) });
  const { nodes } = scorePod(candidate, [...scores.keys()], snapshot, { strategy, dependenciesOnly: false });
  for (const { node: name, score } of nodes) scores.set(name, (scores.get(name) ?? 0) + EXTENDER_SCORE_SCALE * score);
}

/** 3 to 5 zones of 2 to 5 nodes; 0.2 to 1 ms within a zone, 2 to 80 ms between; room for about 1.3 to 3 times the app. */
function makeCase(seed: number): { nodes: Node[]; matrix: LinkMatrix; replicas: number } {
  const random = createRandom(seed);
  const between = (low: number, high: number) => low + random() * (high - low);
  const zoneCount = Math.floor(between(3, 6));
  const replicas = Math.floor(between(1, 4));
  const names = Array.from({ length: zoneCount }, (_, zone) =>
    Array.from({ length: Math.floor(between(2, 6)) }, (_unused, index) => ({
      zone: `z${zone}`,
      name: `z${zone}-${index}`,
    })),
  ).flat();
  const appMillicores = 1270 * replicas;
  const room = between(1.3, 3);
  const nodes = names.map(({ zone, name }) => {
    const cpu = `${Math.max(250, Math.round(((appMillicores * room) / names.length) * between(0.5, 1.5)))}m`;
    return node.parse({
      metadata: { name, labels: { [ZONE_LABEL]: zone } },
      status: { allocatable: { cpu, memory: '16Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] },
    });
  });
  const zoneRtt = new Map<string, number>();
  const rttOf = (a: string, b: string) => {
    const key = [a, b].toSorted().join(' ');
    const known = zoneRtt.get(key) ?? (a === b ? between(200, 1000) : between(2000, 80_000));
    zoneRtt.set(key, known);
    return Math.round(known * between(0.95, 1.05));
  };
  const now = new Date(0).toISOString();
  const slices = names.map((origin) =>
    networkTopologySlice.parse({
      apiVersion: API_VERSION,
      kind: 'NetworkTopologySlice',
      metadata: { name: origin.name },
      origin: origin.name,
      links: names
        .filter(({ name }) => name !== origin.name)
        .map((destination) => ({
          destination: destination.name,
          rttMicroseconds: rttOf(origin.zone, destination.zone),
          bandwidthBitsPerSecond: origin.zone === destination.zone ? 1e9 : 2e8,
          lossPartsPerMillion: 0,
          rttMeasuredAt: now,
          bandwidthMeasuredAt: now,
          samples: 70,
        })),
    }),
  );
  return { nodes, matrix: buildMatrix({ nodes, slices }, 0), replicas };
}
