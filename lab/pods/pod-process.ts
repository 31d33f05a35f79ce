import type { Cgroups } from '#lab/pods/cgroups.ts';
import { planContainer } from '#lab/pods/container-plan.ts';
import {
  brokenContainer,
  type ContainerProcess,
  secondsTimestamp,
  startContainer,
} from '#lab/pods/container-process.ts';
import type { ContainerState } from '#lab/pods/container-state.ts';
import type { PodPlace } from '#lab/pods/environment.ts';
import { type LabContainer, type LabPod, logFields } from '#lab/pods/lab-pod.ts';
import { type PodFacts, phaseOf } from '#lab/pods/pod-status.ts';
import type { Logger } from '#runtime/logger.ts';

const ADDRESS_RETRY_MS = 1_000;

/** What a host offers its pods. */
export interface PodHost {
  nodeName: string;
  hostIP: string;
  cgroups: Cgroups;
  /** Parent of the pods' cgroups. */
  cgroup: string;
  logFolder: string;
  searchPath: string;
  /** Throws AppError where no address is left or it cannot be set. */
  takeAddress(): Promise<string>;
  returnAddress(address: string): Promise<void>;
}

export interface PodProcess {
  pod: LabPod;
  facts(): PodFacts;
  cgroup: string;
  containerCgroup(name: string): string;
  /** SIGTERM now, SIGKILL after `graceMs`; a later call can only bring that forward. Settles when nothing is left. */
  terminate(graceMs: number): Promise<void>;
}

/** Runs a pod until it is terminated or its containers have ended for good. `onChange` is called as its facts change. */
export function startPod(pod: LabPod, host: PodHost, options: { logger: Logger; onChange: () => void }): PodProcess {
  const { cgroups } = host;
  const { onChange } = options;
  const logger = options.logger.child(logFields(pod));
  const cgroup = `${host.cgroup}/${pod.metadata.uid}`;
  const containerCgroup = (name: string) => `${cgroup}/${name}`;
  const startTime = secondsTimestamp(Date.now());
  const abort = new AbortController();
  let podIP: string | undefined;
  let containers = allWaiting(pod, { state: 'waiting', reason: 'ContainerCreating' });
  let killAtMs = Number.POSITIVE_INFINITY;
  let kill: NodeJS.Timeout | undefined;

  const ended = run().catch((err: unknown) => logger.error({ err }, 'a pod could not be cleaned up'));

  async function run(): Promise<void> {
    podIP = await takeAddress();
    if (podIP === undefined) return;
    const place: PodPlace = { nodeName: host.nodeName, hostIP: host.hostIP, podIP };
    try {
      if (!abort.signal.aborted) await runContainers(place);
    } finally {
      clearTimeout(kill);
      await cgroups.killAll(cgroup);
      await cgroups.remove(cgroup);
      await host.returnAddress(podIP);
    }
  }

  async function runContainers(place: PodPlace): Promise<void> {
    cgroups.create(cgroup);
    containers = pod.spec.containers.map((container) => startPlanned(container, place));
    onChange();
    await Promise.all(containers.map((container) => container.ended));
    // A container that cannot run keeps its pod pending until the pod is deleted.
    if (phaseOf(containers.map((container) => container.status())) === 'Pending') await aborted(abort.signal);
  }

  function startPlanned(container: LabContainer, place: PodPlace): ContainerProcess {
    const plan = planContainer(container, pod, {
      place,
      cgroup: containerCgroup(container.name),
      logFolder: host.logFolder,
      searchPath: host.searchPath,
    });
    if ('state' in plan) {
      logger.warn({ container: container.name, reason: plan.reason }, plan.message ?? '');
      return brokenContainer(container, plan);
    }
    return startContainer(plan, { cgroups, logger, onChange });
  }

  /** Undefined where the pod is to end before there is one. */
  async function takeAddress(): Promise<string | undefined> {
    while (!abort.signal.aborted) {
      try {
        return await host.takeAddress();
      } catch (err) {
        const { message } = err as Error;
        logger.warn({ err }, 'no address for a pod, trying again');
        containers = allWaiting(pod, { state: 'waiting', reason: 'CreatePodSandboxError', message });
        onChange();
        await Promise.race([new Promise((resolve) => setTimeout(resolve, ADDRESS_RETRY_MS)), aborted(abort.signal)]);
      }
    }
    return undefined;
  }

  return {
    pod,
    cgroup,
    containerCgroup,
    facts: () => ({
      hostIP: host.hostIP,
      podIP,
      startTime,
      containers: containers.map((container) => container.status()),
    }),
    terminate(graceMs) {
      if (!abort.signal.aborted) {
        abort.abort();
        for (const container of containers) container.stop();
      }
      if (Date.now() + graceMs < killAtMs) {
        killAtMs = Date.now() + graceMs;
        clearTimeout(kill);
        kill = setTimeout(() => {
          cgroups.killAll(cgroup).catch((err: unknown) => logger.error({ err }, 'a pod could not be killed'));
        }, graceMs);
      }
      return ended.finally(() => clearTimeout(kill));
    },
  };
}

function allWaiting(pod: LabPod, state: ContainerState): ContainerProcess[] {
  return pod.spec.containers.map((container) => brokenContainer(container, state));
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
