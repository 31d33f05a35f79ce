import type { ContainerState, ContainerStatus, Ended } from '#lab/pods/container-state.ts';
import type { LabPod, PodCondition } from '#lab/pods/lab-pod.ts';

export interface PodFacts {
  hostIP: string;
  /** Undefined until the pod has an address. */
  podIP: string | undefined;
  startTime: string;
  containers: readonly ContainerStatus[];
}

export interface PodStatus {
  phase: PodPhase;
  conditions: PodCondition[];
  hostIP: string;
  hostIPs: { ip: string }[];
  podIP?: string;
  podIPs?: { ip: string }[];
  startTime: string;
  containerStatuses: object[];
}

type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** The pod's whole status, as the kubelet would write it. Conditions of others, such as PodScheduled, stay. */
export function podStatus({ status }: LabPod, facts: PodFacts, now: string): PodStatus {
  const { hostIP, podIP, startTime, containers } = facts;
  const phase = phaseOf(containers);
  const isReady = containers.every(({ ready }) => ready);
  const whyNotReady = phase === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady';
  const conditions = (['Initialized', 'ContainersReady', 'Ready'] as const).reduce<PodCondition[]>(
    (list, type) => {
      if (type === 'Initialized' || isReady) return withCondition(list, { type, status: 'True' }, now);
      return withCondition(list, { type, status: 'False', reason: whyNotReady }, now);
    },
    [...(status?.conditions ?? [])],
  );
  return {
    phase,
    conditions,
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIP === undefined ? {} : { podIP, podIPs: [{ ip: podIP }] }),
    startTime,
    containerStatuses: containers.map(containerStatus),
  };
}

/** Pending while a container never ran, Running while one runs or will again; else how they ended. */
export function phaseOf(containers: readonly ContainerStatus[]): PodPhase {
  if (containers.some(({ state, lastEnd }) => state.state === 'waiting' && lastEnd === undefined)) return 'Pending';
  const ends = containers.flatMap(({ state }) => (state.state === 'terminated' ? [state] : []));
  if (ends.length < containers.length) return 'Running';
  return ends.every(({ exitCode }) => exitCode === 0) ? 'Succeeded' : 'Failed';
}

/** The conditions with one of them set; its transition time moves only with its status. */
function withCondition(
  conditions: readonly PodCondition[],
  next: { type: string; status: string; reason?: string },
  now: string,
): PodCondition[] {
  const before = conditions.find(({ type }) => type === next.type);
  const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : now;
  const condition = { ...next, lastProbeTime: null, lastTransitionTime };
  return [...conditions.filter(({ type }) => type !== next.type), condition];
}

function containerStatus({ name, image, state, lastEnd, ready, restartCount }: ContainerStatus): object {
  return {
    name,
    image,
    imageID: '',
    ready,
    started: state.state === 'running',
    restartCount,
    state: stateOf(state),
    lastState: lastEnd === undefined ? {} : stateOf(lastEnd),
  };
}

function stateOf({ state, ...fields }: ContainerState | Ended): object {
  return { [state]: fields };
}
