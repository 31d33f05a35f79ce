import { readIfThere } from '#agent/read-if-there.ts';
import { cpuStatFiles, throttledMicroseconds } from '#core/measurement/cpu-stat.ts';

/** Begins to watch; what it gives tells how the agent was held back from then until now. */
export type ThrottlingWatch = () => () => HeldBack;

export interface HeldBack {
  /** It, or a child of it, was ready to run and not let by its CPU limit. */
  throttled: boolean;
  /** Its event loop was busy, so that what it waited for was heard of late. */
  busy: boolean;
}

/** A measurement takes a second or more: this much of it is less than the kernel's own slices of time. */
const NOISE_SHARE = 0.01;
/** While the event loop is busy, answers wait: beyond this share of the time the typical one did. */
const BUSY_SHARE = 0.5;

/** By cpu.stat of the agent's cgroup and those above. Where no cgroups can be seen, nothing is known to be throttled. */
export function watchThrottling(): ThrottlingWatch {
  const files = cpuStatFiles(readIfThere('/proc/self/cgroup'), readIfThere('/proc/self/mountinfo'));
  const throttledSoFar = () => files.reduce((sum, file) => sum + throttledMicroseconds(readIfThere(file)), 0);
  return () => {
    const startedAt = performance.now();
    const throttledBefore = throttledSoFar();
    const loopBefore = performance.eventLoopUtilization();
    return () => {
      const tookMicroseconds = (performance.now() - startedAt) * 1000;
      return {
        throttled: throttledSoFar() - throttledBefore > NOISE_SHARE * tookMicroseconds,
        busy: performance.eventLoopUtilization(loopBefore).utilization > BUSY_SHARE,
      };
    };
  };
}
