import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTurnQueue, type TurnQueue } from './turn-queue.ts';

const WAIT = { timeout: 10_000, interval: 5 };
let queue: TurnQueue;
let done: string[];
const work = (name: string) => () => {
  done.push(name);
};

beforeEach(() => {
  queue = createTurnQueue();
  done = [];
});
afterEach(() => queue.stop());

it('does of several pieces of work for one key only the last, in the order of the keys', async () => {
  queue.set('a', work('a1'));
  queue.set('b', work('b'));
  queue.set('a', work('a2'));
  expect(done).toEqual([]);
  await vi.waitFor(() => expect(done).toEqual(['a2', 'b']), WAIT);
  expect(queue.waitedMs()).toBe(0);
});

it('tells when all is done that waited', async () => {
  queue.set('a', work('a'));
  queue.whenDone(work('done'));
  queue.set('b', work('b'));
  await vi.waitFor(() => expect(done).toEqual(['a', 'done', 'b']), WAIT);
});

it('lets everything else have its turn before long work is through', async () => {
  const slow = () => {
    const until = performance.now() + 5;
    while (performance.now() < until);
    done.push('slow');
  };
  for (const key of ['a', 'b', 'c']) queue.set(key, slow);
  await nextTurn();
  await nextTurn();
  expect(done.length).toBeLessThan(3);
  expect(queue.waitedMs()).toBeGreaterThan(0);
  await vi.waitFor(() => expect(done).toHaveLength(3), WAIT);
});

it('does nothing any more once it was stopped', async () => {
  queue.set('a', work('a'));
  queue.stop();
  await nextTurn();
  await nextTurn();
  expect(done).toEqual([]);
});
