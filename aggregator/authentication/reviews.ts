import { createHash } from 'node:crypto';
import type { Review } from '#aggregator/authentication/token-review.ts';
import { BoundedMap } from '#core/bounded-map.ts';
import { AppError } from '#core/errors.ts';

/** A token that was withdrawn, of a pod that is gone say, is good for this long at most. */
const ACCEPTED_MS = 60_000;
/** A refusal may have come too early: of a pod that the API server's caches did not have yet. */
const REFUSED_MS = 10_000;
/** Kept apart, so that a flood of bad tokens drives out no good one. */
const ACCEPTED_LIMIT = 20_000;
const REFUSED_LIMIT = 2000;
/** After a start all agents come at once, and the API server has others to serve. */
const CONCURRENT_REVIEWS = 32;
const QUEUE_LIMIT = 20_000;

/** Reviews of tokens, each kept for a while; of requests that bring one token at the same time only the first asks. */
export class Reviews {
  readonly #review: (token: string) => Promise<Review>;
  readonly #nowMs: () => number;
  readonly #accepted = new BoundedMap<string, Kept>(ACCEPTED_LIMIT);
  readonly #refused = new BoundedMap<string, Kept>(REFUSED_LIMIT);
  readonly #pending = new Map<string, Promise<Review>>();
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(review: (token: string) => Promise<Review>, nowMs: () => number = () => performance.now()) {
    this.#review = review;
    this.#nowMs = nowMs;
  }

  /** Throws AppError UNAVAILABLE where the API server cannot be asked; that is not kept. */
  of(token: string): Promise<Review> {
    // No token is kept, not even in memory.
    const digest = createHash('sha256').update(token).digest('base64');
    const kept = this.#kept(this.#accepted, digest) ?? this.#kept(this.#refused, digest);
    if (kept !== undefined) return Promise.resolve(kept);
    const pending = this.#pending.get(digest);
    if (pending !== undefined) return pending;
    const asked = this.#ask(token, digest).finally(() => this.#pending.delete(digest));
    this.#pending.set(digest, asked);
    return asked;
  }

  #kept(reviews: BoundedMap<string, Kept>, digest: string): Review | undefined {
    const kept = reviews.get(digest);
    return kept !== undefined && this.#nowMs() < kept.untilMs ? kept.review : undefined;
  }

  async #ask(token: string, digest: string): Promise<Review> {
    await this.#turn();
    try {
      const askedAtMs = this.#nowMs();
      const review = await this.#review(token);
      if (review.outcome === 'authenticated') {
        this.#accepted.set(digest, { review, untilMs: askedAtMs + ACCEPTED_MS });
      } else {
        this.#refused.set(digest, { review, untilMs: askedAtMs + REFUSED_MS });
      }
      return review;
    } finally {
      this.#pass();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running < CONCURRENT_REVIEWS) {
      this.#running += 1;
      return;
    }
    if (this.#queue.length >= QUEUE_LIMIT) throw new AppError('UNAVAILABLE', 'too many tokens wait to be checked');
    await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  /** The place goes to the next in the queue. */
  #pass(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}

interface Kept {
  review: Review;
  untilMs: number;
}
