import { type Decision, MAX_DECISIONS_PER_REPORT } from '#core/api/decisions.ts';

/** Beyond this many waiting decisions the oldest give way. */
const MOST_DECISIONS = 20_000;
/** How long a decision is kept after it was sent, for an aggregator that was started anew. */
const KEPT_MS = 60_000;

/** Decisions that wait to be sent, and those sent lately. */
export class DecisionSpool {
  #waiting: Decision[] = [];
  /** Taken, and neither delivered nor put back yet. */
  #underWay: Decision[] = [];
  #sent: { decision: Decision; atMs: number }[] = [];
  #instance: string | undefined;

  get waiting(): number {
    return this.#waiting.length;
  }

  /** True while there are decisions that might have to be sent again. */
  keepsSent(nowMs: number): boolean {
    this.#sent = this.#sent.filter(({ atMs }) => nowMs - atMs <= KEPT_MS);
    return this.#sent.length > 0;
  }

  add(decision: Decision): void {
    this.#waiting.push(decision);
    this.#limit();
  }

  /** The next decisions to send, at most as many as a report may have. */
  take(): Decision[] {
    this.#underWay = this.#waiting.splice(0, MAX_DECISIONS_PER_REPORT);
    return this.#underWay;
  }

  /** What was taken did not arrive: it waits again. */
  putBack(): void {
    this.#waitAgain(this.#underWay);
    this.#underWay = [];
  }

  /** The pod's decision led to nothing: it is not told any more where that was not done yet. */
  withdraw(podUid: string): void {
    const isOther = (decision: Decision) => decision.podUid !== podUid;
    this.#waiting = this.#waiting.filter(isOther);
    this.#underWay = this.#underWay.filter(isOther);
  }

  /** The decisions arrived. Where another aggregator took them than before, what that one was told waits again. */
  delivered(decisions: readonly Decision[], instance: string, nowMs: number): void {
    this.#underWay = [];
    const startedAnew = this.#instance !== undefined && this.#instance !== instance;
    this.#instance = instance;
    if (startedAnew && this.keepsSent(nowMs)) {
      this.#waitAgain(this.#sent.map(({ decision }) => decision));
      this.#sent = [];
    }
    this.#sent.push(...decisions.map((decision) => ({ decision, atMs: nowMs })));
    this.#sent = this.#sent.slice(-MOST_DECISIONS);
  }

  #waitAgain(decisions: readonly Decision[]): void {
    this.#waiting = [...decisions, ...this.#waiting];
    this.#limit();
  }

  #limit(): void {
    if (this.#waiting.length > MOST_DECISIONS) this.#waiting = this.#waiting.slice(-MOST_DECISIONS);
  }
}
