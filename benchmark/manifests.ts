import { type CallGraph, callsPerCall } from '#benchmark/call-graph.ts';
import { type AppGroup, appGroup } from '#core/api/app-group.ts';
import { API_VERSION, APP_GROUP_LABEL, WORKLOAD_LABEL } from '#core/api/names.ts';

/** Weights are integers: thousandths of a call for each request to the front. */
const WEIGHT_PER_CALL = 1000;

export const SERVICE_PORT = 8080;
/** No registry is asked for a name at localhost by accident. */
export const SERVICE_IMAGE = 'localhost/netaware/synthetic-service';

/** The AppGroup of a call graph as a person would write it: what has a default is left out. */
export function appGroupManifest({ name, workloads }: CallGraph, namespace: string): object {
  return {
    apiVersion: API_VERSION,
    kind: 'AppGroup',
    metadata: { name, namespace },
    spec: { workloads: workloads.map(workloadManifest) },
  };
}

/** A dependency weighs as many thousandths as it is called for each request. */
function workloadManifest({ name, callsPerRequest }: CallGraph['workloads'][number]): object {
  const dependencies = Object.entries(callsPerRequest).map(([callee, calls]) => ({
    name: callee,
    weight: Math.max(1, Math.round(calls * WEIGHT_PER_CALL)),
  }));
  return dependencies.length === 0 ? { name } : { name, dependencies };
}

export function appGroupOf(graph: CallGraph, namespace: string): AppGroup {
  return appGroup.parse(appGroupManifest(graph, namespace));
}

export interface PodOptions {
  namespace: string;
  schedulerName: string;
  seed: number;
}

/** A pod of one workload, as a Deployment's template would make it: nothing in it depends on the scheduler but its name. */
export function podOf(
  graph: CallGraph,
  workload: string,
  { podName, ...options }: PodOptions & { podName: string },
): object {
  const { metadata, spec } = podTemplate(graph, workload, options);
  const { namespace } = options;
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: podName, namespace, ...metadata }, spec };
}

export function podTemplate(graph: CallGraph, workload: string, { namespace, schedulerName, seed }: PodOptions) {
  const definition = graph.workloads.find(({ name }) => name === workload);
  const downstream = callsPerCall(graph, workload).map(({ name, calls }) => ({
    url: `http://${name}.${namespace}:${SERVICE_PORT}/`,
    calls,
  }));
  const env = {
    PORT: String(SERVICE_PORT),
    CPU_MICROSECONDS: String(definition?.cpuMicroseconds),
    RESPONSE_BYTES: String(definition?.responseBytes),
    SEED: String(seed),
    DOWNSTREAM: JSON.stringify(downstream),
  };
  const container = {
    name: 'service',
    image: SERVICE_IMAGE,
    env: [
      ...Object.entries(env).map(([name, value]) => ({ name, value })),
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ],
    ports: [{ containerPort: SERVICE_PORT }],
    resources: { requests: definition?.requests },
    readinessProbe: { httpGet: { path: '/healthz', port: SERVICE_PORT } },
  };
  return {
    metadata: { labels: { [APP_GROUP_LABEL]: graph.name, [WORKLOAD_LABEL]: workload } },
    spec: {
      schedulerName,
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      containers: [container],
    },
  };
}
