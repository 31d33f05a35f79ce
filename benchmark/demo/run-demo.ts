import { z } from 'zod';
import type { CallGraph } from '#benchmark/call-graph.ts';
import { type LoadResult, runOpenLoop } from '#benchmark/load/open-loop.ts';
import { arrivalTimes } from '#benchmark/load/schedule.ts';
import { summarizeLoad } from '#benchmark/load/summary.ts';
import { appGroupOf } from '#benchmark/manifests.ts';
import { pairedDifference } from '#benchmark/paired-difference.ts';
import { NETWORK_TOPOLOGY, NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import { node } from '#core/api/kubernetes.ts';
import { DEFAULT_TOPOLOGY, SCHEDULER_NAME } from '#core/api/names.ts';
import { networkTopology } from '#core/api/network-topology.ts';
import { networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { buildGraph } from '#core/appgroup/graph.ts';
import { trafficOrder } from '#core/appgroup/traffic-order.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import { buildMatrix } from '#core/scoring/snapshot.ts';
import { mean } from '#core/statistics.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';
import { parseInput } from '#core/validation.ts';
import { applyProbeSettings, type Lab, startLab } from '#lab/lab.ts';
import type { ControlPlaneKind } from '#lab/lab-control-plane.ts';
import type { LabPlan } from '#lab/lab-file.ts';
import type { LabState } from '#lab/state/lab-state.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Arm, Comparison, DemoResult, Placement, Repeat } from './demo-result.ts';
import { deleteApp, deployApp } from './deployment.ts';
import { measureLinks, untilBandwidthIsMeasured } from './measured-links.ts';

/** Without a budget for hosts: the links are there to be measured. */
const BANDWIDTH = { intervalSeconds: 3600, seconds: 1, omitSeconds: 1, concurrency: 3, budgetPercent: 100 };
/** First the bandwidth of every link, with few pings: on two cores a test between two hosts disturbs the pings of others. */
const BANDWIDTH_PROBE = { intervalSeconds: 4, packets: 3, packetIntervalMilliseconds: 5, bandwidth: BANDWIDTH };
/** Then RTT and loss, over many pings. */
const RTT_PROBE = { ...BANDWIDTH_PROBE, intervalSeconds: 1, packets: 120 };
/** While the app is under load: as light as in a cluster, so that measuring does not disturb what is measured. */
const LOAD_PROBE = { ...BANDWIDTH_PROBE, intervalSeconds: 30, packets: 7, packetIntervalMilliseconds: 200 };

const REQUESTS_PER_SECOND = 20;
const WARM_UP_SECONDS = 2;
const MEASURED_SECONDS = 6;

const ARMS = [
  { name: 'default', schedulerName: 'default-scheduler' },
  { name: 'netaware', schedulerName: SCHEDULER_NAME },
] as const;

/**
 * Builds the lab, measures it, and runs the app under the same load with each scheduler in turn. The caller removes the
 * lab, also when this throws. `signal` ends it early.
 */
export async function runDemo(options: {
  state: LabState;
  plan: LabPlan;
  graph: CallGraph;
  controlPlane: ControlPlaneKind;
  /** How often each arm is deployed and loaded. */
  repeats: number;
  seed: number;
  detached: boolean;
  progress: (line: string) => void;
  signal: AbortSignal;
}): Promise<DemoResult> {
  const { plan, graph, repeats, seed, progress, signal } = options;
  const lab = await startLab({ ...options, probe: BANDWIDTH_PROBE });
  signal.throwIfAborted();
  progress('measuring every link with ping and iperf3');
  const measuring = { plan, aggregatorUrl: lab.running.aggregatorUrl, progress, signal };
  await untilBandwidthIsMeasured(measuring);
  await applyProbeSettings(lab.client, RTT_PROBE);
  const links = await measureLinks(measuring);
  await applyProbeSettings(lab.client, LOAD_PROBE);
  const matrix = await readMatrix(lab.client);

  const cells = new Map<string, Cell[]>(ARMS.map(({ name }) => [name, []]));
  for (let repeat = 1; repeat <= repeats; repeat++) {
    // The arms take turns in going first, so that neither has the warmer machine.
    for (const arm of repeat % 2 === 1 ? ARMS : ARMS.toReversed()) {
      progress(`repeat ${repeat} of ${repeats}, arm ${arm.name}: deploying ${graph.name}, then load`);
      cells.get(arm.name)?.push(await runCell(lab.client, matrix, { ...options, arm, repeat }));
    }
  }
  const arms = ARMS.map(({ name }) => summarizeArm(name, cells.get(name) ?? []));
  return { settings: settingsOf(lab, graph, { seed, repeats }), links, arms, comparison: compareArms(arms) };
}

interface Cell {
  repeat: Repeat;
  load: LoadResult;
}

/** One deployment under load. Both arms of a repeat get the same arrival times. */
async function runCell(
  client: KubernetesClient,
  matrix: LinkMatrix,
  cell: { graph: CallGraph; arm: (typeof ARMS)[number]; repeat: number; seed: number; signal: AbortSignal },
): Promise<Cell> {
  const { graph, arm, repeat, signal } = cell;
  const namespace = `demo-${arm.name}-${repeat}`;
  const seed = cell.seed * 1000 + repeat;
  const dependencies = buildGraph(appGroupOf(graph, namespace).spec);
  // The default arm's pods come as `kubectl apply` sends them; the AppGroup's order is part of what netaware does.
  const order = arm.name === 'netaware' ? trafficOrder(dependencies) : graph.workloads.map(({ name }) => name);
  const app = await deployApp({ client, graph, order, namespace, schedulerName: arm.schedulerName, seed, signal });
  await runOpenLoop(app.frontUrl, arrivalTimes(REQUESTS_PER_SECOND, WARM_UP_SECONDS, seed + 500), signal);
  const load = await runOpenLoop(app.frontUrl, arrivalTimes(REQUESTS_PER_SECOND, MEASURED_SECONDS, seed), signal);
  await deleteApp(client, namespace);
  const networkCost = placementCost(dependencies, nodesByWorkload(app.placements), matrix);
  return { load, repeat: { placements: app.placements, networkCost, load: summarizeLoad([load]) } };
}

/** The network as the extender sees it, from the resources. */
async function readMatrix(client: KubernetesClient): Promise<LinkMatrix> {
  const list = async <Schema extends z.ZodType>(path: string, schema: Schema) =>
    parseInput(z.object({ items: z.array(schema) }), await client.get(path), path).items;
  const topologies = await list(resourcePath(NETWORK_TOPOLOGY), networkTopology);
  const state = {
    nodes: await list('/api/v1/nodes', node),
    slices: await list(resourcePath(NETWORK_TOPOLOGY_SLICE), networkTopologySlice),
    topology: topologies.find(({ metadata }) => metadata.name === DEFAULT_TOPOLOGY),
  };
  return buildMatrix(state, Date.now());
}

function nodesByWorkload(placements: readonly Placement[]): Map<string, string[]> {
  return new Map(placements.map(({ workload, node: name }) => [workload, [name]]));
}

function summarizeArm(name: string, cells: readonly Cell[]): Arm {
  return {
    name,
    placements: cells[0]?.repeat.placements ?? [],
    networkCost: mean(cells.map(({ repeat }) => repeat.networkCost)) ?? Number.NaN,
    load: summarizeLoad(cells.map(({ load }) => load)),
    repeats: cells.map(({ repeat }) => repeat),
  };
}

function compareArms(arms: readonly Arm[]): Comparison {
  const [first, second] = arms;
  const difference = (figure: (repeat: Repeat) => number) =>
    pairedDifference((first?.repeats ?? []).map(figure), (second?.repeats ?? []).map(figure));
  return {
    p50Ms: difference(({ load }) => load.p50Ms),
    p90Ms: difference(({ load }) => load.p90Ms),
    p99Ms: difference(({ load }) => load.p99Ms),
    networkCost: difference(({ networkCost }) => networkCost),
  };
}

function settingsOf(
  { running }: Lab,
  graph: CallGraph,
  { seed, repeats }: { seed: number; repeats: number },
): DemoResult['settings'] {
  return {
    app: graph.name,
    seed,
    repeats,
    requestsPerSecond: REQUESTS_PER_SECOND,
    measuredSeconds: MEASURED_SECONDS,
    router: running.router,
    congestionControl: running.congestionControl,
    controlPlane: running.controlPlane,
  };
}
