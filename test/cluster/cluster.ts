import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlPlane, startControlPlane } from '#lab/control-plane/kubernetes/control-plane.ts';
import { installDefinitions } from '#lab/control-plane/kubernetes/definitions.ts';
import { PROGRAM_NAMES } from '#lab/control-plane/kubernetes/program-names.ts';
import { findPrograms, requirePrograms } from '#lab/control-plane/kubernetes/programs.ts';
import { createKubernetesClient, type KubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';
import { createProcesses, type TestProcess } from '#test/cluster/processes.ts';

/** A real control plane of one test file's own, and what the tests start beside it. */
export interface Cluster {
  /** The loopback address that is this cluster's alone: every port of it is free for the programs under test. */
  host: string;
  folder: string;
  controlPlane: ControlPlane<TestProcess>;
  /** With all rights. */
  client: KubernetesClient;
  start: ReturnType<typeof createProcesses>['start'];
  /** Ends all programs and removes the folder. */
  stop(): Promise<void>;
}

const API_TIMEOUT_MS = 30_000;

/** Whether this machine has a control plane's programs, for `describe.runIf`; where it has not, a line says so. */
export function hasControlPlane(suite: string): boolean {
  const found = findPrograms(process.env);
  const missing = PROGRAM_NAMES.filter((name) => found[name] === undefined);
  if (missing.length === 0) return true;
  process.stderr.write(`skipped: ${suite}: no ${missing.join(', ')}; "make control-plane" builds them\n`);
  return false;
}

/** Starts a control plane with netaware's custom resources, unless the test installs them itself. */
export async function startCluster({ withDefinitions = true } = {}): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'netaware-cluster-'));
  const processes = createProcesses(join(folder, 'logs'));
  const host = loopbackAddress();
  const stop = async () => {
    await processes.stopAll();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const programs = requirePrograms(process.env);
    const controlPlane = await startControlPlane({ folder, host, programs, start: processes.start });
    const client = createKubernetesClient(loadKubeConfig(controlPlane.kubeconfig), { timeoutMs: API_TIMEOUT_MS });
    if (withDefinitions) await installDefinitions(client);
    return { host, folder, controlPlane, client, start: processes.start, stop };
  } catch (err) {
    await stop();
    throw err;
  }
}

/** One of 127.0.0.0/8, so that clusters on one machine do not meet, nor nodes of one cluster. */
export function loopbackAddress(): string {
  return `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
}
