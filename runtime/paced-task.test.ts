import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pacedTask } from '#runtime/paced-task.ts';

describe('pacedTask', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('runs at once when asked first, then once per interval however often it is asked', async () => {
    const run = vi.fn(async () => 'done' as const);
    const task = pacedTask(run, 1000);
    task.request();
    await vi.advanceTimersByTimeAsync(0);
    expect(run).toHaveBeenCalledTimes(1);
    for (let request = 0; request < 50; request += 1) task.request();
    await vi.advanceTimersByTimeAsync(999);
    expect(run).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(run).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('never runs twice at once, and runs again for what was asked meanwhile', async () => {
    let finish = (_: 'done') => {};
    const run = vi.fn(() => new Promise<'done'>((resolve) => (finish = resolve)));
    const task = pacedTask(run, 1000);
    task.request();
    await vi.advanceTimersByTimeAsync(5000);
    task.request();
    await vi.advanceTimersByTimeAsync(5000);
    expect(run).toHaveBeenCalledTimes(1);
    finish('done');
    await vi.advanceTimersByTimeAsync(0);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('tries again after the interval where the task wants it', async () => {
    const outcomes = ['again', 'again', 'done'] as const;
    let runs = 0;
    const task = pacedTask(async () => outcomes[runs++] ?? 'done', 1000);
    task.request();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toBe(3);
  });

  it('runs a last time at the end for what is still asked, and never after', async () => {
    const run = vi.fn(async () => 'again' as const);
    const task = pacedTask(run, 1000);
    task.request();
    await vi.advanceTimersByTimeAsync(0);
    await task.stop();
    expect(run).toHaveBeenCalledTimes(2);
    task.request();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(run).toHaveBeenCalledTimes(2);
  });
});
