import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { PROBE_ADDRESS_ANNOTATION } from '#core/api/names.ts';
import { AppError } from '#core/errors.ts';
import type { PodRunnerConfig } from '#lab/pods/config.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';

const FIELD_MANAGER = 'netaware-pod-runner';
const RETRY_MS = 200;
/** An API server that was started anew has lost its nodes. Where nothing changed, applying writes nothing. */
const REPEAT_MS = 5_000;
const MAXIMUM_PODS = '110';

/** The host's Node object and its status. */
export function nodeObjects(config: PodRunnerConfig, startTime: string): { node: object; status: object } {
  const { nodeName: name, zone, region, cpu, memory } = config;
  const identity = { apiVersion: 'v1', kind: 'Node' };
  const resources = { cpu: String(cpu), memory: String(memory), pods: MAXIMUM_PODS };
  const labels = {
    'kubernetes.io/hostname': name,
    ...(zone === undefined ? {} : { [ZONE_LABEL]: zone }),
    ...(region === undefined ? {} : { [REGION_LABEL]: region }),
  };
  return {
    node: {
      ...identity,
      metadata: { name, labels, annotations: { [PROBE_ADDRESS_ANNOTATION]: config.shapedAddress } },
    },
    status: {
      ...identity,
      metadata: { name },
      status: {
        addresses: [
          { type: 'InternalIP', address: config.managementAddress },
          { type: 'Hostname', address: name },
        ],
        capacity: resources,
        allocatable: resources,
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            reason: 'PodRunnerReady',
            message: 'the pod runner is ready',
            lastHeartbeatTime: startTime,
            lastTransitionTime: startTime,
          },
        ],
        daemonEndpoints: { kubeletEndpoint: { Port: config.port } },
      },
    },
  };
}

/** Registers the node, and again where it gets lost, until `signal` aborts. `onRegistered` is told of the first time. */
export async function keepNodeRegistered(
  client: KubernetesClient,
  objects: { node: object; status: object },
  options: { nodeName: string; signal: AbortSignal; logger: Logger; onRegistered: () => void },
): Promise<void> {
  const { signal, logger } = options;
  const path = `/api/v1/nodes/${options.nodeName}`;
  let wasRegistered = false;
  let lastProblem: string | undefined;
  while (!signal.aborted) {
    const problem = await register(client, path, objects);
    if (problem !== undefined && problem !== lastProblem) logger.warn(`node not registered: ${problem}`);
    lastProblem = problem;
    if (problem === undefined && !wasRegistered) {
      wasRegistered = true;
      options.onRegistered();
    }
    await interruptiblePause(problem === undefined ? REPEAT_MS : RETRY_MS, signal);
  }
}

/** Undefined on success, else what stands in its way. */
async function register(
  client: KubernetesClient,
  path: string,
  { node, status }: { node: object; status: object },
): Promise<string | undefined> {
  try {
    await client.apply(path, FIELD_MANAGER, node);
    await client.apply(`${path}/status`, FIELD_MANAGER, status);
    return undefined;
  } catch (cause) {
    if (cause instanceof AppError) return cause.message;
    throw cause;
  }
}

function interruptiblePause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
