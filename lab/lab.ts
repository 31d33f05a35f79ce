import { availableParallelism } from 'node:os';
import { NETWORK_TOPOLOGY, resourcePath } from '#core/api/custom-resources.ts';
import { isReady, type Node } from '#core/api/kubernetes.ts';
import { API_VERSION, DEFAULT_TOPOLOGY } from '#core/api/names.ts';
import { type ControlPlaneKind, startLabControlPlane } from '#lab/lab-control-plane.ts';
import type { LabNode, LabPlan } from '#lab/lab-file.ts';
import { CGROUP, managementAddress, PODS_CGROUP, SERVICES_CGROUP, STATE_FOLDER } from '#lab/names.ts';
import { checkAddressesAreFree } from '#lab/network/address-check.ts';
import { chooseCongestionControl } from '#lab/network/congestion-control.ts';
import { makeHosts } from '#lab/network/hosts.ts';
import { startRouter } from '#lab/network/router.ts';
import { ENDPOINTS, startAgents, startAggregator, startExtender, startPodRunners } from '#lab/parts.ts';
import { openCgroups } from '#lab/pods/cgroups.ts';
import { identify, type LabState, writeLabState } from '#lab/state/lab-state.ts';
import { until } from '#lab/until.ts';
import { untilAnswers } from '#lab/until-answers.ts';
import { createKubernetesClient, type KubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';

export interface Lab {
  plan: LabPlan;
  running: NonNullable<LabState['running']>;
  client: KubernetesClient;
}

export interface LabOptions {
  /** This machine's place for a lab, taken by `acquireLab`. */
  state: LabState;
  plan: LabPlan;
  /** A real etcd, kube-apiserver and kube-scheduler, or the embedded ones. */
  controlPlane: ControlPlaneKind;
  /** Decides which of several equally good nodes a pod gets; a real kube-scheduler takes any. */
  seed: number;
  /** How the agents measure at first: the spec's `probe` of the NetworkTopology. */
  probe: object;
  /** Told what is being done, a line each. */
  progress: (line: string) => void;
  /** The lab stays when this process ends. */
  detached: boolean;
}

const API_TIMEOUT_MS = 10_000;
const START_DEADLINE_MS = 60_000;
const CPU_SHARE_FACTOR = 4;

/**
 * Builds a lab on this machine and waits until all its parts are ready. Throws AppError where the machine lacks something
 * or a part does not start; what was made by then is for `removeLab` to remove.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { state, plan, probe, progress, detached } = options;
  makeCgroups();
  await checkAddressesAreFree();
  const congestionControl = await chooseCongestionControl();
  progress(`building ${plan.nodes.length} hosts and ${plan.links.length} shaped links`);
  await makeHosts(plan, congestionControl);
  const [router, controlPlane] = await Promise.all([
    startRouter(plan, STATE_FOLDER),
    startLabControlPlane(options.controlPlane, options.seed, progress),
  ]);
  const { kubeconfig } = controlPlane;
  const client = createKubernetesClient(loadKubeConfig(kubeconfig), { timeoutMs: API_TIMEOUT_MS });
  progress(`links are shaped by ${router}, TCP uses ${congestionControl}; starting agents, aggregator and extender`);
  await applyProbeSettings(client, probe);
  await Promise.all([startAggregator(kubeconfig), startExtender(kubeconfig), startPodRunners(plan, kubeconfig)]);
  await startAgents(plan);
  const running = {
    hosts: plan.nodes.map(({ name }) => name),
    router,
    congestionControl,
    controlPlane: options.controlPlane,
    apiServer: (await identify(controlPlane.process.pid)) ?? { pid: controlPlane.process.pid, startTime: '' },
    kubeconfig,
    apiServerUrl: controlPlane.url,
    aggregatorUrl: ENDPOINTS.aggregator,
    extenderUrl: ENDPOINTS.extender,
  };
  await untilNodesAreReady(client, plan.nodes);
  await untilAnswers(`${ENDPOINTS.aggregator}/readyz`, 'aggregator');
  await untilAnswers(`${ENDPOINTS.extender}/readyz`, 'extender');
  await controlPlane.startNetawareScheduler();
  await writeLabState({ ...state, owner: detached ? null : state.owner, running });
  return { plan, running, client };
}

/**
 * Every process of the lab is in one of these, so that removal finds it whatever happens. With the default share all of
 * them together would get as much of a busy machine's CPU as a single process beside them.
 */
function makeCgroups(): void {
  const cgroups = openCgroups();
  const cpuRequestMillicores = 1000 * availableParallelism() * CPU_SHARE_FACTOR;
  for (const path of [CGROUP, SERVICES_CGROUP, PODS_CGROUP]) cgroups.create(path, { cpuRequestMillicores });
}

/** How the agents measure from now on. */
export async function applyProbeSettings(client: KubernetesClient, probe: object): Promise<void> {
  await client.apply(`${resourcePath(NETWORK_TOPOLOGY)}/${DEFAULT_TOPOLOGY}`, 'netaware-lab', {
    apiVersion: API_VERSION,
    kind: 'NetworkTopology',
    metadata: { name: DEFAULT_TOPOLOGY },
    spec: { probe },
  });
}

async function untilNodesAreReady(client: KubernetesClient, expected: readonly LabNode[]): Promise<void> {
  await until('every host is a Ready node', START_DEADLINE_MS, async () => {
    const { items } = (await client.get('/api/v1/nodes')) as { items: Node[] };
    const ready = new Set(items.filter(isReady).map(({ metadata }) => metadata.name));
    const missing = expected.filter(({ name }) => !ready.has(name));
    return missing.length === 0
      ? undefined
      : `missing: ${missing.map((node) => `${node.name} (${managementAddress(node)})`).join(', ')}`;
  });
}
