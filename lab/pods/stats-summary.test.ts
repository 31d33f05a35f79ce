import { expect, test } from 'vitest';
import type { Cgroups } from '#lab/pods/cgroups.ts';
import type { ContainerStatus } from '#lab/pods/container-state.ts';
import { labPod } from '#lab/pods/lab-pod.ts';
import type { PodProcess } from '#lab/pods/pod-process.ts';
import { statsSummary } from '#lab/pods/stats-summary.ts';

const STARTED = '2026-01-01T12:00:00Z';
const MEMORY = { usageBytes: 200, workingSetBytes: 100 };

/** CPU time by cgroup; a cgroup that is not in it does not exist. */
function cgroupsWith(cpu: Record<string, number>) {
  return {
    cpuUsageNanoseconds: (path: string) => cpu[path],
    memory: (path: string) => (path in cpu ? MEMORY : undefined),
  } as Cgroups;
}

function podWith(containers: Pick<ContainerStatus, 'name' | 'state'>[]): PodProcess {
  return {
    pod: labPod.parse({ metadata: { name: 'web', namespace: 'shop', uid: 'u1' }, spec: { containers: [] } }),
    cgroup: 'host/u1',
    containerCgroup: (name: string) => `host/u1/${name}`,
    facts: () => ({
      hostIP: '10.0.0.1',
      podIP: '10.97.1.10',
      startTime: STARTED,
      containers: containers.map((container) => ({ ...container, image: 'any', ready: true, restartCount: 0 })),
    }),
    terminate: () => Promise.resolve(),
  };
}

function summaryOf(cpu: Record<string, number>, pod: PodProcess) {
  return statsSummary({ nodeName: 'h1', startTime: STARTED, cgroup: 'host', cgroups: cgroupsWith(cpu), pods: [pod] });
}

test('has node, pod and container with the times of their samples', () => {
  const pod = podWith([{ name: 'main', state: { state: 'running', startedAt: STARTED } }]);
  const time = expect.stringMatching(/^\d{4}-.*Z$/);
  const usage = (usageCoreNanoSeconds: number) => ({
    cpu: { time, usageCoreNanoSeconds },
    memory: { time, ...MEMORY },
  });
  expect(summaryOf({ host: 30, 'host/u1': 20, 'host/u1/main': 10 }, pod)).toEqual({
    node: { nodeName: 'h1', startTime: STARTED, ...usage(30) },
    pods: [
      {
        podRef: { name: 'web', namespace: 'shop', uid: 'u1' },
        startTime: STARTED,
        containers: [{ name: 'main', startTime: STARTED, ...usage(10) }],
        ...usage(20),
      },
    ],
  });
});

test('a cgroup that has just gone has no figures, rather than zeros', () => {
  const pod = podWith([{ name: 'main', state: { state: 'running', startedAt: STARTED } }]);
  expect(summaryOf({ host: 30 }, pod).pods[0]?.containers).toEqual([{ name: 'main', startTime: STARTED }]);
});

test('a pod of which no container runs is left out', () => {
  const pod = podWith([{ name: 'main', state: { state: 'waiting', reason: 'CrashLoopBackOff' } }]);
  expect(summaryOf({ host: 30, 'host/u1': 20 }, pod).pods).toEqual([]);
});
