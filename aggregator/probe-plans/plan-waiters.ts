import type { ProbePlan } from '#core/api/agent.ts';
import { AppError } from '#core/errors.ts';

interface Waiter {
  after: string;
  answer: () => void;
}

/** Long polls that wait for a plan with another revision than the one they have. */
export class PlanWaiters {
  readonly #waiting = new Map<string, Set<Waiter>>();
  readonly #limit: number;
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  has(node: string): boolean {
    return this.#waiting.has(node);
  }

  /**
   * Calls `answer` once: when `wake` finds another revision, after the time, or when all are released. The returned
   * function forgets the waiter unanswered. Throws AppError UNAVAILABLE where too many wait already.
   */
  wait(node: string, after: string, timeoutMs: number, answer: () => void): () => void {
    if (this.#count >= this.#limit) throw new AppError('UNAVAILABLE', `${this.#count} requests wait for plans already`);
    const finish = (waiter: Waiter) => {
      clearTimeout(timer);
      this.#remove(node, waiter);
      answer();
    };
    const waiter: Waiter = { after, answer: () => finish(waiter) };
    const timer = setTimeout(waiter.answer, timeoutMs);
    this.#add(node, waiter);
    return () => {
      clearTimeout(timer);
      this.#remove(node, waiter);
    };
  }

  /** Answers those of the node whose revision is not `plan`'s; all of them where there is no plan any more. */
  wake(node: string, plan: ProbePlan | undefined): void {
    for (const waiter of [...(this.#waiting.get(node) ?? [])]) if (waiter.after !== plan?.revision) waiter.answer();
  }

  nodes(): string[] {
    return [...this.#waiting.keys()];
  }

  releaseAll(): void {
    for (const waiters of [...this.#waiting.values()]) for (const waiter of [...waiters]) waiter.answer();
  }

  #add(node: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(node) ?? new Set();
    this.#waiting.set(node, waiters.add(waiter));
    this.#count += 1;
  }

  #remove(node: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(node);
    if (!waiters?.delete(waiter)) return;
    this.#count -= 1;
    if (waiters.size === 0) this.#waiting.delete(node);
  }
}
