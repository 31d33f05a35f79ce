import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Pod } from '#core/api/kubernetes.ts';
import { untilDefinitionsAreServed } from '#lab/control-plane/kubernetes/definitions.ts';
import { requirePrograms } from '#lab/control-plane/kubernetes/programs.ts';
import { writeKubeconfig } from '#lab/kubeconfig.ts';
import { until } from '#lab/until.ts';
import { createKubernetesClient, type KubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';
import type { Cluster } from '#test/cluster/cluster.ts';
import { applyManifests, createKubectl } from '#test/cluster/kubectl.ts';
import type { TestProcess } from '#test/cluster/processes.ts';
import { untilReady } from '#test/cluster/readiness.ts';
import { NAMESPACE, requestToken } from '#test/cluster/tokens.ts';
import type { Manifest } from '#test/manifests/kustomize.ts';
import { type Container, workloadsIn } from '#test/manifests/workload.ts';

const ENTRY_POINT = fileURLToPath(new URL('../../cli/service.ts', import.meta.url));
const MOUNTS = '/etc/netaware';
const AGGREGATOR_HOST = 'netaware-aggregator.netaware.svc';
const DEADLINE_MS = 120_000;
const API_TIMEOUT_MS = 30_000;

type Component = 'agent' | 'aggregator' | 'scheduler';

/**
 * netaware as its manifests install it. No kubelet runs the pods: their programs are started here as processes, as the
 * containers say, but for addresses and the folders of files.
 */
export interface Installation {
  /** A pod of the component that is bound to a node (to this one, where it is given). */
  pod(component: Component, node?: string): Promise<Pod>;
  /** A client with the rights of the component's ServiceAccount. */
  clientOf(component: Component): Promise<KubernetesClient>;
  /** Where a program of this name finds what is mounted at /etc/netaware/PATH. */
  mount(name: string, path: string): string;
  /** These return when the service is ready. */
  startAggregator(env?: Record<string, string>): Promise<TestProcess>;
  startExtender(): Promise<TestProcess>;
  startScheduler(): Promise<TestProcess>;
  /** The agent of a node; its files are those of the node's own pod. */
  startAgent(node: string, address: string): Promise<TestProcess>;
}

export async function install(cluster: Cluster, overlay: string): Promise<Installation> {
  const { client, controlPlane, host } = cluster;
  const objects = await applyManifests(createKubectl(cluster), overlay);
  await untilDefinitionsAreServed(client);
  const workloads = workloadsIn(objects);

  const rootOf = (name: string) => join(cluster.folder, 'pods', name);
  /** Paths and addresses of a pod's network as they are here. */
  const adapt = (text: string, name: string) =>
    text
      .replaceAll(MOUNTS, join(rootOf(name), MOUNTS))
      .replaceAll(AGGREGATOR_HOST, host)
      .replaceAll('127.0.0.1', host);

  function containerOf(component: Component, name: string): Container {
    const workload = workloads.find(({ metadata }) => metadata.name === `netaware-${component}`);
    const container = workload?.spec.template.spec.containers.find((one) => one.name === name);
    if (container === undefined) throw new Error(`no container ${name} in netaware-${component}`);
    return container;
  }

  /** Where the kubelet would ask. */
  function urlOf(component: Component, name: string): string {
    const { ports, readinessProbe } = containerOf(component, name);
    const { scheme = 'HTTP' } = (readinessProbe as { httpGet: { scheme?: string } }).httpGet;
    return `${scheme.toLowerCase()}://${host}:${ports[0]?.containerPort}`;
  }

  async function pod(component: Component, node?: string): Promise<Pod> {
    const found: Pod[] = [];
    await until(`a pod of netaware-${component} is bound`, DEADLINE_MS, async () => {
      const { items } = (await client.get(`/api/v1/namespaces/${NAMESPACE}/pods`)) as { items: Pod[] };
      const bound = items.filter(
        ({ metadata, spec }) =>
          metadata.name.startsWith(`netaware-${component}-`) && spec.nodeName && (!node || spec.nodeName === node),
      );
      found.push(...bound);
      return found.length > 0
        ? undefined
        : JSON.stringify(items.map(({ metadata, status }) => [metadata.name, status]));
    });
    return found[0] as Pod;
  }

  async function kubeconfigOf(component: Component): Promise<string> {
    const { metadata } = await pod(component);
    const token = await requestToken(client, `netaware-${component}`, { pod: metadata.name });
    const path = join(cluster.folder, `${component}.kubeconfig`);
    await writeKubeconfig(path, {
      server: controlPlane.url,
      caFile: controlPlane.credentials.certificateAuthority,
      token,
    });
    return path;
  }

  /** Starts a container of netaware's own image; `env` stands for what refers to fields of the pod. */
  function start(
    component: Component,
    container: string,
    options: { name: string; flags: string[]; env?: Record<string, string> },
  ): Promise<TestProcess> {
    const { name, flags, env = {} } = options;
    const { args, env: variables } = containerOf(component, container);
    const given = variables.flatMap((one) => (one.value === undefined ? [] : [[one.name, adapt(one.value, name)]]));
    const missing = variables.filter((one) => one.value === undefined && env[one.name] === undefined);
    if (missing.length > 0) throw new Error(`${name}: no value for ${missing.map((one) => one.name).join(', ')}`);
    return cluster.start(name, {
      command: process.execPath,
      args: [ENTRY_POINT, container, ...args.map((text) => adapt(text, name)), ...flags],
      env: { ...Object.fromEntries(given), ...env },
    });
  }

  return {
    pod,
    clientOf: async (component) =>
      createKubernetesClient(loadKubeConfig(await kubeconfigOf(component)), { timeoutMs: API_TIMEOUT_MS }),
    mount: (name, path) => join(rootOf(name), MOUNTS, path),
    startAggregator: async (env = {}) => {
      const flags = ['--host', host, '--kubeconfig', await kubeconfigOf('aggregator')];
      const started = await start('aggregator', 'aggregator', { name: 'aggregator', flags, env });
      await untilReady(urlOf('aggregator', 'aggregator'), started);
      return started;
    },
    startExtender: async () => {
      const flags = ['--host', host, '--kubeconfig', await kubeconfigOf('scheduler')];
      const started = await start('scheduler', 'extender', { name: 'scheduler', flags });
      await untilReady(urlOf('scheduler', 'extender'), started);
      return started;
    },
    startScheduler: async () => {
      const { command } = containerOf('scheduler', 'kube-scheduler');
      const kubeconfig = await kubeconfigOf('scheduler');
      const folder = join(rootOf('scheduler'), MOUNTS, 'scheduler');
      mkdirSync(folder, { recursive: true });
      for (const [file, content] of Object.entries(schedulerFiles(objects))) {
        const configuration = { ...parse(adapt(content, 'scheduler')), clientConnection: { kubeconfig } };
        writeFileSync(join(folder, file), JSON.stringify(configuration));
      }
      // In a pod each of the three finds the pod's own token.
      const flags = [`--authentication-kubeconfig=${kubeconfig}`, `--authorization-kubeconfig=${kubeconfig}`];
      const started = await cluster.start('kube-scheduler-netaware', {
        command: requirePrograms(process.env)['kube-scheduler'],
        args: [...command.slice(1).map((text) => adapt(text, 'scheduler')), `--bind-address=${host}`, ...flags],
      });
      await untilReady(urlOf('scheduler', 'kube-scheduler'), started);
      return started;
    },
    startAgent: (node, address) =>
      start('agent', 'agent', {
        name: `agent-${node}`,
        flags: ['--listen-host', address],
        env: { NETAWARE_NODE: node, NETAWARE_IPERF3_BIND_ADDRESS: address },
      }),
  };
}

/** Of the ConfigMap that kube-scheduler's pod mounts. */
function schedulerFiles(objects: readonly Manifest[]): Record<string, string> {
  const configMaps = objects.filter(({ kind }) => kind === 'ConfigMap') as (Manifest & {
    data?: Record<string, string>;
  })[];
  return configMaps.find(({ metadata }) => metadata.name.startsWith('netaware-scheduler-configuration-'))?.data ?? {};
}
