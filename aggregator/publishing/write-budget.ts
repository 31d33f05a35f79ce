export interface WriteRate {
  /** Writes at once after a quiet time. */
  burst: number;
  /** One more after each of these. */
  everyMs: number;
}

/** A token bucket: a burst after a quiet time, then a steady rate. */
export class WriteBudget {
  readonly #rate: WriteRate;
  /** When the burst would be there as a whole again. */
  #fullAtMs = Number.NEGATIVE_INFINITY;

  constructor(rate: WriteRate) {
    this.#rate = rate;
  }

  allows(nowMs: number): boolean {
    const { burst, everyMs } = this.#rate;
    return this.#fullAtMs - nowMs <= (burst - 1) * everyMs;
  }

  /** To be called for each write, allowed or not. */
  spend(nowMs: number): void {
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#rate.everyMs;
  }
}
