/** A clock that moves only when told. */

import { type Clock, type EpochMillis, epochMillis, type Millis, type MonotonicMillis } from "../../src/model/time.ts";

interface Pending {
  readonly name: string;
  readonly due: number;
  readonly order: number;
  readonly action: () => void;
}

/** Starts at a fixed date that is not zero, so that code which mistakes a duration for a moment shows. */
export class FakeClock implements Clock {
  /** How often work that takes long let others have their turn. */
  turnCount = 0;
  #monotonic = 5_000;
  /** By how much the wall clock is ahead: kept as it is, since a sum of fractions would drift away by rounding. */
  #wallLead = Date.UTC(2026, 10, 22, 6, 0, 0) - this.#monotonic;
  #order = 0;
  #isTrusted = true;
  #boots = 1;
  readonly #pending = new Set<Pending>();

  /** In whole milliseconds, as that of a machine. */
  now(): EpochMillis {
    return epochMillis(Math.floor(this.#wallLead + this.#monotonic));
  }

  monotonic(): MonotonicMillis {
    return this.#monotonic as MonotonicMillis;
  }

  bootId(): string {
    return `boot ${this.#boots}`;
  }

  isTrusted(): boolean {
    return this.#isTrusted;
  }

  trustBasis(): string {
    return this.#isTrusted ? "the test says so" : "the test says no";
  }

  after(name: string, delay: Millis, action: () => void): { cancel(): void } {
    this.#order += 1;
    const entry: Pending = { name, due: this.#monotonic + Math.max(0, delay), order: this.#order, action };
    this.#pending.add(entry);
    return { cancel: () => this.#pending.delete(entry) };
  }

  async turn(): Promise<void> {
    this.turnCount += 1;
  }

  /** Makes the wall clock jump; the monotonic one goes on. */
  jumpWall(by: Millis): void {
    this.#wallLead += by;
  }

  setTrusted(isTrusted: boolean): void {
    this.#isTrusted = isTrusted;
  }

  /** Starts the machine anew: what the monotonic clock says can no longer be compared with what it said before. */
  reboot(): void {
    this.#boots += 1;
  }

  /** Names of the timers that have not fired, soonest first. */
  pending(): string[] {
    return [...this.#pending].sort((a, b) => a.due - b.due || a.order - b.order).map((entry) => entry.name);
  }

  /** Moves on by `by`, firing what falls due in order; after each firing, promises get their turn. */
  async advance(by: Millis): Promise<void> {
    const end = this.#monotonic + by;
    await settle();
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.due > end) break;
      this.#moveTo(next.due);
      this.#pending.delete(next);
      next.action();
      await settle();
    }
    this.#moveTo(end);
    await settle();
  }

  /** Moves on from timer to timer until `promise` has settled. Errors: one that names the pending timers. */
  async until<T>(promise: Promise<T>, timersMax = 100_000): Promise<T> {
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    promise.then(mark, mark);
    await settle();
    for (let fired = 0; !isSettled; fired += 1) {
      const next = this.#next();
      if (next === undefined || fired > timersMax) {
        throw new Error(`the promise cannot settle; pending timers: ${this.pending().join(", ") || "none"}`);
      }
      this.#moveTo(next.due);
      this.#pending.delete(next);
      next.action();
      await settle();
    }
    return promise;
  }

  #next(): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.#pending) {
      if (first === undefined || entry.due < first.due || (entry.due === first.due && entry.order < first.order)) {
        first = entry;
      }
    }
    return first;
  }

  #moveTo(monotonic: number): void {
    this.#monotonic = monotonic;
  }
}

/** Lets every promise that can settle do so: a macrotask runs only when the microtask queue is empty. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
