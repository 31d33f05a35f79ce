import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { LabNode, LabPlan } from '#lab/lab-file.ts';
import {
  hostNamespace,
  MANAGEMENT_NETWORK,
  managementAddress,
  PODS_CGROUP,
  SHAPED_INTERFACE,
  STATE_FOLDER,
  shapedAddress,
  shapedPrefix,
} from '#lab/names.ts';
import { hostsFile } from '#lab/network/hosts.ts';
import { type LabProcess, spawnInLab } from '#lab/state/processes.ts';

// The programs of a lab. Agents, aggregator and extender are started by the same command as in a real cluster.

const PORTS = { aggregator: 8088, extender: 8089, agent: 9464, podRunner: 10_250 } as const;

const OWN = MANAGEMENT_NETWORK.own;

export const ENDPOINTS = {
  aggregator: `http://${OWN}:${PORTS.aggregator}`,
  extender: `http://${OWN}:${PORTS.extender}`,
} as const;

/** Slices are written this often at most: a lab is small, and someone is waiting. */
const WRITE_INTERVAL_MS = 500;

export async function startAggregator(kubeconfig: string): Promise<void> {
  await startCommand('aggregator', [
    ...['--host', OWN, '--port', String(PORTS.aggregator), '--kubeconfig', kubeconfig],
    ...['--write-interval-ms', String(WRITE_INTERVAL_MS)],
  ]);
}

export async function startExtender(kubeconfig: string): Promise<void> {
  await startCommand('extender', [
    ...['--host', OWN, '--port', String(PORTS.extender), '--kubeconfig', kubeconfig],
    ...['--aggregator-url', ENDPOINTS.aggregator],
  ]);
}

export async function startAgents({ nodes }: LabPlan): Promise<void> {
  await Promise.all(
    nodes.map((node) =>
      startCommand(
        'agent',
        [
          ...['--node', node.name, '--aggregator-url', ENDPOINTS.aggregator],
          ...['--listen-host', managementAddress(node), '--listen-port', String(PORTS.agent)],
          ...['--iperf3-bind-address', shapedAddress(node)],
        ],
        node,
      ),
    ),
  );
}

export async function startPodRunners({ nodes }: LabPlan, kubeconfig: string): Promise<void> {
  await Promise.all(
    nodes.map(async (node) => {
      const config = await writeConfig(`pod-runner-${node.name}`, {
        nodeName: node.name,
        zone: node.zone,
        region: node.region,
        kubeconfig,
        managementAddress: managementAddress(node),
        shapedAddress: shapedAddress(node),
        podAddressPrefix: shapedPrefix(node),
        shapedInterface: SHAPED_INTERFACE,
        cpu: node.cpu,
        memory: node.memory,
        port: PORTS.podRunner,
        logFolder: `${STATE_FOLDER}/logs/pods`,
        hostsFile: hostsFile(hostNamespace(node)),
        cgroup: `${PODS_CGROUP}/${node.name}`,
      });
      await startProgram('pod-runner', [programPath('./pods/main.ts'), '--config', config], node);
    }),
  );
}

function startCommand(command: string, args: readonly string[], node?: LabNode): Promise<LabProcess> {
  return startProgram(command, [programPath('../cli/main.ts'), command, ...args], node);
}

/** Runs on this very Node, in a host's namespace where one is given; logs to a file named after both. */
export function startProgram(name: string, args: readonly string[], node?: LabNode): Promise<LabProcess> {
  const logName = node === undefined ? name : `${name}-${node.name}`;
  return spawnInLab({
    command: process.execPath,
    args,
    ...(node === undefined ? {} : { namespace: hostNamespace(node) }),
    logFile: `${STATE_FOLDER}/logs/${logName}.log`,
  });
}

export function programPath(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

export async function writeConfig(name: string, config: object): Promise<string> {
  const path = `${STATE_FOLDER}/${name}.json`;
  await writeFile(path, JSON.stringify(config, null, 2));
  return path;
}
