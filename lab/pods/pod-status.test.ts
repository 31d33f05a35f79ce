import { expect, test } from 'vitest';
import type { ContainerState, ContainerStatus } from '#lab/pods/container-state.ts';
import { labPod } from '#lab/pods/lab-pod.ts';
import { phaseOf, podStatus } from '#lab/pods/pod-status.ts';

const EARLIER = '2026-01-01T11:00:00Z';
const NOW = '2026-01-01T12:00:00Z';
const RUNNING: ContainerState = { state: 'running', startedAt: EARLIER };
const CREATING: ContainerState = { state: 'waiting', reason: 'ContainerCreating' };
const BACK_OFF: ContainerState = { state: 'waiting', reason: 'CrashLoopBackOff' };
const ENDED = ended(0);
const CRASHED = ended(1);

function ended(exitCode: number) {
  const reason = exitCode === 0 ? ('Completed' as const) : ('Error' as const);
  return { state: 'terminated' as const, exitCode, reason, startedAt: EARLIER, finishedAt: NOW };
}

function container(state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus {
  return { name: 'main', image: 'any', state, ready: false, restartCount: 0, ...more };
}

test.each([
  { containers: [container(CREATING)], want: 'Pending' },
  { containers: [container(RUNNING), container(CREATING)], want: 'Pending' },
  { containers: [container(RUNNING)], want: 'Running' },
  { containers: [container(BACK_OFF, { lastEnd: CRASHED })], want: 'Running' },
  { containers: [container(RUNNING), container(ENDED)], want: 'Running' },
  { containers: [container(ENDED), container(ENDED)], want: 'Succeeded' },
  { containers: [container(ENDED), container(CRASHED)], want: 'Failed' },
])('the phase $want', ({ containers, want }) => {
  expect(phaseOf(containers)).toBe(want);
});

function statusOf(containers: ContainerStatus[], conditions: object[] = []) {
  const pod = labPod.parse({
    metadata: { name: 'a', namespace: 'default', uid: 'u1' },
    spec: { containers: [] },
    status: { conditions },
  });
  return podStatus(pod, { hostIP: '10.0.0.1', podIP: '10.97.1.10', startTime: EARLIER, containers }, NOW);
}

test("a ready pod's status has its addresses, containers and conditions, and keeps those of others", () => {
  const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: EARLIER };
  const status = statusOf([container(RUNNING, { ready: true, restartCount: 2, lastEnd: CRASHED })], [scheduled]);
  expect(status).toMatchObject({ phase: 'Running', hostIP: '10.0.0.1', podIP: '10.97.1.10', startTime: EARLIER });
  expect(status.conditions.map(({ type, status: value }) => [type, value])).toEqual([
    ['PodScheduled', 'True'],
    ['Initialized', 'True'],
    ['ContainersReady', 'True'],
    ['Ready', 'True'],
  ]);
  expect(status.conditions[0]).toEqual(scheduled);
  expect(status.containerStatuses).toMatchObject([
    {
      ready: true,
      restartCount: 2,
      state: { running: { startedAt: EARLIER } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    },
  ]);
});

test('a pod is not ready while one of its containers is not', () => {
  const { conditions } = statusOf([container(RUNNING, { ready: true }), container(RUNNING)]);
  expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({
    status: 'False',
    reason: 'ContainersNotReady',
  });
});

test("a condition's transition time moves with its status only", () => {
  const before = [
    { type: 'Ready', status: 'False', lastTransitionTime: EARLIER },
    { type: 'Initialized', status: 'True', lastTransitionTime: EARLIER },
  ];
  const { conditions } = statusOf([container(RUNNING, { ready: true })], before);
  const timeOf = (type: string) => conditions.find((condition) => condition.type === type)?.lastTransitionTime;
  expect(timeOf('Ready')).toBe(NOW);
  expect(timeOf('Initialized')).toBe(EARLIER);
});
