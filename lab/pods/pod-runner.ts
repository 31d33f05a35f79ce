import { mkdirSync } from 'node:fs';
import { parseQuantity } from '#core/api/quantity.ts';
import { AppError } from '#core/errors.ts';
import { addAddress, createAddressPool, removeAddress, removeStaleAddresses } from '#lab/pods/addresses.ts';
import { type Cgroups, openCgroups } from '#lab/pods/cgroups.ts';
import type { PodRunnerConfig } from '#lab/pods/config.ts';
import { secondsTimestamp } from '#lab/pods/container-process.ts';
import { createHostsFile } from '#lab/pods/hosts-file.ts';
import { labPod } from '#lab/pods/lab-pod.ts';
import { mountHiddenCgroups } from '#lab/pods/mount-cgroups.ts';
import { keepNodeRegistered, nodeObjects } from '#lab/pods/node-registration.ts';
import type { PodHost } from '#lab/pods/pod-process.ts';
import { createPodSync } from '#lab/pods/pod-sync.ts';
import { statsSummary } from '#lab/pods/stats-summary.ts';
import { createHttpApp } from '#runtime/http-server.ts';
import { createKubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';
import { watchResource } from '#runtime/kubernetes/resource-cache.ts';
import type { Logger } from '#runtime/logger.ts';
import { createMetricsRegistry } from '#runtime/metrics.ts';
import type { Service } from '#runtime/service.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const BODY_LIMIT_BYTES = 1024;
const STOP_GRACE_MS = 300;
const CLOSE_GRACE_MS = 200;

/**
 * The lab's kubelet: runs the pods of one host as processes in the host's network namespace, where it runs itself.
 * `searchPath` is the PATH of their processes. Throws AppError UNSUPPORTED without cgroups.
 */
export async function startPodRunner(
  config: PodRunnerConfig,
  options: { searchPath: string; logger: Logger },
): Promise<Service> {
  const { nodeName, cgroup } = config;
  const logger = options.logger.child({ node: nodeName });
  const startTime = secondsTimestamp(Date.now());
  mkdirSync(config.logFolder, { recursive: true });
  await mountHiddenCgroups();
  const cgroups = openCgroups();
  await removeLeftovers(config, cgroups);
  // Without a weight of its own all pods together would get as much CPU as one process beside the cgroup.
  cgroups.create(cgroup, { cpuRequestMillicores: Math.round((parseQuantity(config.cpu) ?? 1) * 1000) });

  const client = createKubernetesClient(loadKubeConfig(config.kubeconfig), { timeoutMs: REQUEST_TIMEOUT_MS });
  const sync = createPodSync(podHost(config, cgroups, options.searchPath), { client, logger });
  const hostsFile = createHostsFile(config.hostsFile);
  const follow = onceATurn(() => {
    const current = pods.list();
    sync.reconcile(current);
    try {
      hostsFile.update(current);
    } catch (err) {
      logger.error({ err }, 'names of pods could not be written');
    }
  });
  const pods = watchResource({ client, path: '/api/v1/pods', schema: labPod, logger, onChange: follow });

  let isRegistered = false;
  const http = createHttpApp({
    logger,
    registry: createMetricsRegistry(),
    notReady: () => (isRegistered && pods.synced() ? undefined : 'no connection to the API server'),
    bodyLimitBytes: BODY_LIMIT_BYTES,
  });
  http.app.get('/healthz', (_request, response) => void response.type('text').send('ok'));
  http.app.get('/pods', (_request, response) => {
    const items = pods.list().filter(({ spec }) => spec.nodeName === nodeName);
    response.json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items });
  });
  http.app.get('/stats/summary', (_request, response) => {
    response.json(statsSummary({ nodeName, startTime, cgroup, cgroups, pods: sync.running() }));
  });
  const server = await http.listen(config.managementAddress, config.port);

  const abort = new AbortController();
  const registration = keepNodeRegistered(client, nodeObjects({ ...config, port: server.port }, startTime), {
    nodeName,
    signal: abort.signal,
    logger,
    onRegistered: () => {
      isRegistered = true;
    },
  });
  logger.info({ port: server.port }, 'pod runner started');

  return {
    async stop() {
      abort.abort();
      await Promise.all([sync.stop(STOP_GRACE_MS), pods.stop(), registration, server.close(CLOSE_GRACE_MS)]);
      await cgroups.remove(cgroup);
    },
  };
}

/** What a run before this one, on the same host, did not end: nobody restarts its containers or knows their state. */
async function removeLeftovers(config: PodRunnerConfig, cgroups: Cgroups): Promise<void> {
  await cgroups.killAll(config.cgroup);
  await cgroups.remove(config.cgroup);
  await removeStaleAddresses(config.shapedInterface, config.podAddressPrefix);
}

function podHost(config: PodRunnerConfig, cgroups: Cgroups, searchPath: string): PodHost {
  const { nodeName, managementAddress, shapedInterface, cgroup, logFolder } = config;
  const pool = createAddressPool(config.podAddressPrefix);
  return {
    nodeName,
    hostIP: managementAddress,
    cgroups,
    cgroup,
    logFolder,
    searchPath,
    async takeAddress() {
      const address = pool.take();
      if (address === undefined) throw new AppError('UNAVAILABLE', `no address ${config.podAddressPrefix}* is free`);
      try {
        await addAddress(shapedInterface, address);
      } catch (cause) {
        pool.release(address);
        throw cause;
      }
      return address;
    },
    async returnAddress(address) {
      await removeAddress(shapedInterface, address);
      pool.release(address);
    },
  };
}

/** Calls `work` once, soon, for all the calls that come until then. */
function onceATurn(work: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      work();
    });
  };
}
