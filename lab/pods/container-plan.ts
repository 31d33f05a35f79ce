import { join } from 'node:path';
import { parseQuantity, type Quantity } from '#core/api/quantity.ts';
import { AppError } from '#core/errors.ts';
import type { CgroupSettings } from '#lab/pods/cgroups.ts';
import { containerCommand } from '#lab/pods/container-command.ts';
import type { ContainerState } from '#lab/pods/container-state.ts';
import { containerEnvironment, type PodPlace } from '#lab/pods/environment.ts';
import type { LabContainer, LabPod, RestartPolicy } from '#lab/pods/lab-pod.ts';
import { probeUrl, watchReadiness } from '#lab/pods/readiness.ts';

export interface ContainerPlan {
  name: string;
  image: string;
  command: readonly string[];
  environment: Record<string, string>;
  workingFolder: string | undefined;
  logFile: string;
  cgroup: string;
  cgroupSettings: CgroupSettings;
  restartPolicy: RestartPolicy;
  /** Follows the readiness of one run, until the stop that it returns; undefined: ready once started. */
  watchReadiness: ((onChange: (isReady: boolean) => void) => () => void) | undefined;
}

/** How to run a container, or the waiting state that says why the lab cannot. */
export function planContainer(
  container: LabContainer,
  pod: LabPod,
  { place, cgroup, logFolder, searchPath }: { place: PodPlace; cgroup: string; logFolder: string; searchPath: string },
): ContainerPlan | Extract<ContainerState, { state: 'waiting' }> {
  const { name, image, workingDir, readinessProbe } = container;
  const { namespace, name: podName } = pod.metadata;
  const command = containerCommand(container);
  if (command === undefined) {
    const message = `the lab has no image ${image}: give the container a command that exists on this machine`;
    return { state: 'waiting', reason: 'ErrImagePull', message };
  }
  const url = readinessProbe && probeUrl(readinessProbe, container, place.podIP);
  if (readinessProbe !== undefined && url === undefined) {
    return configError('readinessProbe: the lab knows httpGet on a port number or a port of the container');
  }
  try {
    return {
      name,
      image,
      command,
      environment: containerEnvironment(pod, container, place, searchPath),
      workingFolder: workingDir,
      logFile: join(logFolder, `${namespace}_${podName}_${name}.log`),
      cgroup,
      cgroupSettings: cgroupSettings(container),
      restartPolicy: pod.spec.restartPolicy,
      watchReadiness:
        readinessProbe && url !== undefined ? (onChange) => watchReadiness(readinessProbe, url, onChange) : undefined,
    };
  } catch (cause) {
    if (cause instanceof AppError) return configError(cause.message);
    throw cause;
  }
}

function configError(message: string): Extract<ContainerState, { state: 'waiting' }> {
  return { state: 'waiting', reason: 'CreateContainerConfigError', message };
}

function cgroupSettings({ resources }: LabContainer): CgroupSettings {
  const cores = amount(resources?.requests?.cpu);
  const memoryLimitBytes = amount(resources?.limits?.memory);
  return {
    ...(cores === undefined ? {} : { cpuRequestMillicores: Math.round(cores * 1000) }),
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes: Math.round(memoryLimitBytes) }),
  };
}

function amount(quantity: Quantity | undefined): number | undefined {
  return quantity === undefined ? undefined : parseQuantity(quantity);
}
