import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PlanWaiters } from '#aggregator/probe-plans/plan-waiters.ts';
import type { ProbePlan } from '#core/api/agent.ts';

const plan = (revision: string) => ({ revision }) as ProbePlan;

describe('PlanWaiters', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('answers when the plan has another revision, and not when it has the same', () => {
    const waiters = new PlanWaiters(10);
    const answer = vi.fn();
    waiters.wait('a', 'r1', 30_000, answer);
    waiters.wake('a', plan('r1'));
    waiters.wake('b', plan('r2'));
    expect(answer).not.toHaveBeenCalled();
    waiters.wake('a', plan('r2'));
    waiters.wake('a', plan('r3'));
    vi.runAllTimers();
    expect(answer).toHaveBeenCalledTimes(1);
    expect(waiters.count).toBe(0);
  });

  it('answers when the wait is over', () => {
    const waiters = new PlanWaiters(10);
    const answer = vi.fn();
    waiters.wait('a', 'r1', 30_000, answer);
    vi.advanceTimersByTime(29_999);
    expect(answer).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(answer).toHaveBeenCalledTimes(1);
  });

  it('forgets a client that is gone', () => {
    const waiters = new PlanWaiters(10);
    const answer = vi.fn();
    const forget = waiters.wait('a', 'r1', 30_000, answer);
    forget();
    forget();
    expect(waiters.count).toBe(0);
    expect(waiters.has('a')).toBe(false);
    waiters.wake('a', plan('r2'));
    vi.runAllTimers();
    expect(answer).not.toHaveBeenCalled();
  });

  it('refuses more waiters than its limit, and takes them again when others have gone', () => {
    const waiters = new PlanWaiters(2);
    const forget = waiters.wait('a', 'r1', 30_000, vi.fn());
    waiters.wait('a', 'r1', 30_000, vi.fn());
    expect(() => waiters.wait('b', 'r1', 30_000, vi.fn())).toThrow('2 requests wait for plans already');
    forget();
    expect(() => waiters.wait('b', 'r1', 30_000, vi.fn())).not.toThrow();
  });

  it('answers everybody at the end, and those whose node was removed', () => {
    const waiters = new PlanWaiters(10);
    const answers = [vi.fn(), vi.fn(), vi.fn()] as const;
    waiters.wait('a', 'r1', 30_000, answers[0]);
    waiters.wait('a', 'r1', 30_000, answers[1]);
    waiters.wait('b', 'r1', 30_000, answers[2]);
    waiters.wake('b', undefined);
    expect(answers[2]).toHaveBeenCalledTimes(1);
    waiters.releaseAll();
    for (const answer of answers) expect(answer).toHaveBeenCalledTimes(1);
    expect(waiters.count).toBe(0);
  });
});
