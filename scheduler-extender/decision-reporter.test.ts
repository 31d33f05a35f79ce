import { afterEach, expect, it, vi } from 'vitest';
import type { DecisionReport } from '#core/api/decisions.ts';
import type { Answer } from '#runtime/aggregator-client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makePod } from '#test/builders.ts';
import { type DecisionReporter, startDecisionReporter } from './decision-reporter.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const logger = createLogger('test', 'silent');

let reporter: DecisionReporter;
let answer: Answer;
let received: string[];
const counted = vi.fn();

function start(): void {
  received = [];
  counted.mockClear();
  reporter = startDecisionReporter({
    client: async ({ path, body }) => {
      expect(path).toBe('/v1/decisions');
      if (answer.outcome === 'answered') received.push(...(body as DecisionReport).decisions.map(({ pod }) => pod));
      return answer;
    },
    logger,
    counted,
  });
}

afterEach(() => reporter.stop());

const taken = (instance: string): Answer => ({ outcome: 'answered', body: { instance } });
const away: Answer = { outcome: 'unavailable', reason: 'away' };

function decide(...names: string[]): void {
  for (const name of names) {
    const pod = makePod(name);
    reporter.decided({ ...pod, metadata: { ...pod.metadata, uid: `uid-${name}` } });
  }
}

it('sends what was decided once, also what waited while the aggregator was away', async () => {
  answer = away;
  start();
  decide('a', 'b');
  await vi.waitFor(() => expect(counted).toHaveBeenCalledWith('unavailable'), WAIT);
  decide('c');
  answer = taken('one');
  await vi.waitFor(() => expect(received).toEqual(['a', 'b', 'c']), WAIT);
  expect(reporter.waiting()).toBe(0);
});

it('sends it again to an aggregator that was started anew, without being asked', async () => {
  answer = taken('one');
  start();
  decide('a');
  await vi.waitFor(() => expect(received).toEqual(['a']), WAIT);
  answer = taken('two');
  await vi.waitFor(() => expect(received).toEqual(['a', 'a']), WAIT);
  decide('b');
  await vi.waitFor(() => expect(received).toEqual(['a', 'a', 'b']), WAIT);
});

it('gives up what the aggregator refuses', async () => {
  answer = { outcome: 'rejected', reason: '400: no' };
  start();
  decide('a');
  await vi.waitFor(() => expect(counted).toHaveBeenCalledWith('rejected'), WAIT);
  expect(reporter.waiting()).toBe(0);
});

it('does not send what was withdrawn, also where the aggregator was away', async () => {
  answer = away;
  start();
  decide('a', 'b');
  await vi.waitFor(() => expect(counted).toHaveBeenCalledWith('unavailable'), WAIT);
  const { metadata, ...pod } = makePod('a');
  reporter.withdrawn({ ...pod, metadata: { ...metadata, uid: 'uid-a' } });
  answer = taken('one');
  await vi.waitFor(() => expect(received).toEqual(['b']), WAIT);
});

it('sends what is left when it stops', async () => {
  answer = taken('one');
  start();
  decide('a');
  await reporter.stop();
  expect(received).toEqual(['a']);
});

it('stops also where the aggregator does not answer', async () => {
  reporter = startDecisionReporter({
    client: ({ signal }) =>
      new Promise((resolve) => {
        signal?.addEventListener('abort', () => resolve(away));
      }),
    logger,
    counted,
  });
  decide('a');
  await reporter.stop();
  expect(reporter.waiting()).toBe(1);
});
