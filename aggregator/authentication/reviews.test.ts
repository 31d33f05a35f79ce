import { describe, expect, it } from 'vitest';
import { Reviews } from '#aggregator/authentication/reviews.ts';
import type { Review } from '#aggregator/authentication/token-review.ts';

const GOOD: Review = { outcome: 'authenticated', username: 'agent', node: 'a' };
const BAD: Review = { outcome: 'refused', reason: 'badToken', message: 'no' };

/** Tokens that begin with "bad" are refused, and what `fail` holds fails once. */
function start() {
  const asked: string[] = [];
  const fail = new Set<string>();
  const clock = { ms: 0 };
  const review = async (token: string) => {
    asked.push(token);
    if (fail.delete(token)) throw new Error('away');
    return token.startsWith('bad') ? BAD : GOOD;
  };
  return { reviews: new Reviews(review, () => clock.ms), asked, fail, clock };
}

describe('reviews of tokens', () => {
  it.each([
    { token: 'good', review: GOOD, keptMs: 60_000 },
    { token: 'bad', review: BAD, keptMs: 10_000 },
  ])('keep that of a $token one for $keptMs ms', async ({ token, review, keptMs }) => {
    const { reviews, asked, clock } = start();
    expect(await reviews.of(token)).toEqual(review);
    clock.ms = keptMs - 1;
    expect(await reviews.of(token)).toEqual(review);
    expect(asked).toHaveLength(1);
    clock.ms = keptMs;
    expect(await reviews.of(token)).toEqual(review);
    expect(asked).toHaveLength(2);
  });

  it('ask once where many bring one token at the same time', async () => {
    const { reviews, asked } = start();
    const all = await Promise.all(Array.from({ length: 50 }, () => reviews.of('good')));
    expect(all).toEqual(Array.from({ length: 50 }, () => GOOD));
    expect(asked).toEqual(['good']);
  });

  it('keep no failure to ask', async () => {
    const { reviews, asked, fail } = start();
    fail.add('good');
    await expect(Promise.all([reviews.of('good'), reviews.of('good')])).rejects.toThrow('away');
    expect(await reviews.of('good')).toEqual(GOOD);
    expect(asked).toEqual(['good', 'good']);
  });

  it('are not driven out by bad tokens, of which only so many are kept', async () => {
    const { reviews, asked } = start();
    await reviews.of('good');
    for (let count = 0; count < 2001; count += 1) await reviews.of(`bad-${count}`);
    asked.length = 0;
    await reviews.of('good');
    await reviews.of('bad-2000');
    await reviews.of('bad-0');
    expect(asked).toEqual(['bad-0']);
  });

  it('ask about 32 tokens at a time, and about all of them in the end', async () => {
    let running = 0;
    let most = 0;
    const reviews = new Reviews(async (token) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (token === '7') throw new Error('away');
      return GOOD;
    });
    const all = await Promise.allSettled(Array.from({ length: 200 }, (_, count) => reviews.of(String(count))));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(199);
    expect(most).toBe(32);
  });
});
