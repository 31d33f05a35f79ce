/** A task that runs soon after each request, but never twice at once, and at most once per interval. */
export interface PacedTask {
  request(): void;
  /** Runs the task a last time if that was requested; resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** `task` must not throw; where it returns `again` it is requested anew. */
export function pacedTask(task: () => Promise<'done' | 'again'>, intervalMs: number): PacedTask {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let requested = false;
  let stopped = false;
  let lastStartMs = Number.NEGATIVE_INFINITY;

  function schedule(): void {
    if (stopped || running || timer || !requested) return;
    timer = setTimeout(run, Math.max(0, lastStartMs + intervalMs - performance.now()));
  }

  function run(): Promise<void> {
    timer = undefined;
    requested = false;
    lastStartMs = performance.now();
    running = task().then((outcome) => {
      running = undefined;
      requested ||= outcome === 'again';
      schedule();
    });
    return running;
  }

  return {
    request: () => {
      requested = true;
      schedule();
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
      if (requested) await run();
    },
  };
}
