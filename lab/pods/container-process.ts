import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import type { Cgroups } from '#lab/pods/cgroups.ts';
import type { ContainerPlan } from '#lab/pods/container-plan.ts';
import type { ContainerState, ContainerStatus, Ended } from '#lab/pods/container-state.ts';
import { backOffMs, restartsAfter } from '#lab/pods/restart-policy.ts';
import type { Logger } from '#runtime/logger.ts';

/** A run this long was no failure to start: the back-off begins anew. */
const STABLE_RUN_MS = 60_000;
/** The shell enters the cgroup before it becomes the program, so that no moment of the program is uncounted. */
const JOIN_AND_RUN = 'for file in $CGROUP_FILES; do echo $$ > "$file"; done; unset CGROUP_FILES; exec "$@"';

export interface ContainerProcess {
  status(): ContainerStatus;
  /** SIGTERM to its process group; it does not start again. */
  stop(): void;
  /** Settles when it has ended for good, its cgroup empty. */
  ended: Promise<void>;
}

/** Starts a container's process, in a process group and cgroup of its own, and again as its restart policy says. */
export function startContainer(
  plan: ContainerPlan,
  options: { cgroups: Cgroups; logger: Logger; onChange: () => void },
): ContainerProcess {
  const { cgroups, logger, onChange } = options;
  const ended = Promise.withResolvers<void>();
  let status: ContainerStatus = { ...initialStatus(plan), state: { state: 'waiting', reason: 'ContainerCreating' } };
  let child: ChildProcess | undefined;
  let failures = 0;
  let restart: NodeJS.Timeout | undefined;
  let isStopping = false;

  function change(next: Partial<ContainerStatus>): void {
    status = { ...status, ...next };
    onChange();
  }

  function run(): void {
    const startedAtMs = Date.now();
    const startedAt = secondsTimestamp(startedAtMs);
    cgroups.create(plan.cgroup, plan.cgroupSettings);
    const started = spawnInCgroup(plan, cgroups.procsFiles(plan.cgroup));
    child = started;
    change({ state: { state: 'running', startedAt }, ready: plan.watchReadiness === undefined });
    const stopProbing = plan.watchReadiness?.((ready) => change({ ready }));
    started.once('error', (err) => logger.error({ container: plan.name, err }, 'a container could not be started'));
    started.once('close', (exitCode, signal) => {
      stopProbing?.();
      child = undefined;
      const end = { ...endOf(exitCode, signal), startedAt, finishedAt: secondsTimestamp(Date.now()) };
      afterRun(end, Date.now() - startedAtMs).catch((err: unknown) => {
        logger.error({ container: plan.name, err }, 'a container could not be cleaned up');
        change({ state: end, ready: false });
        ended.resolve();
      });
    });
  }

  async function afterRun(end: Ended, durationMs: number): Promise<void> {
    // What it leaves running dies with it, and the next run's counters start at 0.
    await cgroups.killAll(plan.cgroup);
    await cgroups.remove(plan.cgroup);
    if (isStopping || !restartsAfter(plan.restartPolicy, end.exitCode)) {
      change({ state: end, ready: false });
      ended.resolve();
      return;
    }
    failures = durationMs >= STABLE_RUN_MS ? 1 : failures + 1;
    const delayMs = backOffMs(failures);
    logger.warn({ container: plan.name, exitCode: end.exitCode, delayMs }, 'a container ended, starting it again');
    const message = `back-off ${delayMs} ms restarting the container`;
    change({ state: { state: 'waiting', reason: 'CrashLoopBackOff', message }, lastEnd: end, ready: false });
    restart = setTimeout(() => {
      status = { ...status, restartCount: status.restartCount + 1 };
      start();
    }, delayMs);
  }

  function start(): void {
    try {
      run();
    } catch (err) {
      failures += 1;
      logger.error({ container: plan.name, err }, 'a container could not be started, trying again');
      change({ state: { state: 'waiting', reason: 'RunContainerError', message: (err as Error).message } });
      restart = setTimeout(start, backOffMs(failures));
    }
  }

  start();
  return {
    status: () => status,
    ended: ended.promise,
    stop() {
      isStopping = true;
      clearTimeout(restart);
      if (child?.pid !== undefined) signalGroup(child.pid);
      else if (status.state.state === 'waiting') ended.resolve();
    },
  };
}

/** A container that cannot be run, and why. */
export function brokenContainer(plan: { name: string; image: string }, state: ContainerState): ContainerProcess {
  const status: ContainerStatus = { ...initialStatus(plan), state };
  return { status: () => status, stop: () => {}, ended: Promise.resolve() };
}

/** Kubernetes' timestamps have whole seconds. */
export function secondsTimestamp(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

function initialStatus({ name, image }: { name: string; image: string }): Omit<ContainerStatus, 'state'> {
  return { name, image, ready: false, restartCount: 0 };
}

function spawnInCgroup(plan: ContainerPlan, procsFiles: readonly string[]): ChildProcess {
  const log = openSync(plan.logFile, 'a');
  try {
    return spawn('/bin/sh', ['-c', JOIN_AND_RUN, 'sh', ...plan.command], {
      cwd: plan.workingFolder,
      env: { ...plan.environment, CGROUP_FILES: procsFiles.join(' ') },
      stdio: ['ignore', log, log],
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

/** 128 + n for a process that signal n ended, as shells and the kubelet count. */
function endOf(
  exitCode: number | null,
  signal: NodeJS.Signals | null,
): Pick<Ended, 'state' | 'exitCode' | 'signal' | 'reason'> {
  if (signal !== null) {
    const number = constants.signals[signal];
    return { state: 'terminated', exitCode: 128 + number, signal: number, reason: 'Error' };
  }
  return { state: 'terminated', exitCode: exitCode ?? 128, reason: exitCode === 0 ? 'Completed' : 'Error' };
}

function signalGroup(processGroup: number): void {
  try {
    process.kill(-processGroup, 'SIGTERM');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}
