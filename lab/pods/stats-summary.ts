import type { Cgroups } from '#lab/pods/cgroups.ts';
import type { PodProcess } from '#lab/pods/pod-process.ts';

interface Usage {
  cpu?: { time: string; usageCoreNanoSeconds: number };
  memory?: { time: string; usageBytes: number; workingSetBytes: number };
}

/** What the kubelet serves at /stats/summary, of CPU and memory: the node is the sum of its pods. */
export interface StatsSummary {
  node: { nodeName: string; startTime: string } & Usage;
  pods: ({
    podRef: { name: string; namespace: string; uid: string };
    startTime: string;
    containers: ({ name: string; startTime: string } & Usage)[];
  } & Usage)[];
}

/** Read now: every `time` is the moment of its own sample. */
export function statsSummary(options: {
  nodeName: string;
  startTime: string;
  cgroup: string;
  cgroups: Cgroups;
  pods: readonly PodProcess[];
}): StatsSummary {
  const { nodeName, startTime, cgroups } = options;
  return {
    node: { nodeName, startTime, ...usageOf(cgroups, options.cgroup) },
    pods: options.pods.flatMap((process) => podStats(process, cgroups)),
  };
}

/** Nothing for a pod of which nothing runs. */
function podStats({ pod, cgroup, containerCgroup, facts }: PodProcess, cgroups: Cgroups): StatsSummary['pods'] {
  const { startTime, containers } = facts();
  const running = containers.flatMap(({ name, state }) =>
    state.state === 'running' ? [{ name, startTime: state.startedAt, ...usageOf(cgroups, containerCgroup(name)) }] : [],
  );
  if (running.length === 0) return [];
  const { name, namespace, uid } = pod.metadata;
  return [{ podRef: { name, namespace, uid }, startTime, containers: running, ...usageOf(cgroups, cgroup) }];
}

/** What can be read; a cgroup that is gone has no figures, rather than zeros. */
function usageOf(cgroups: Cgroups, cgroup: string): Usage {
  const usageCoreNanoSeconds = cgroups.cpuUsageNanoseconds(cgroup);
  const memory = cgroups.memory(cgroup);
  const time = new Date().toISOString();
  return {
    ...(usageCoreNanoSeconds === undefined ? {} : { cpu: { time, usageCoreNanoSeconds } }),
    ...(memory === undefined ? {} : { memory: { time, ...memory } }),
  };
}
