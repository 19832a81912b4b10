import type { Clock } from "../model/time.ts";

/** Time is added up in slots, so that the oldest can be forgotten. Units: milliseconds. */
const SLOT_MS = 5000;
const SLOTS = 12;

/** Before so much time was seen, nothing is said. Units: milliseconds. */
const SEEN_MS_MIN = 10_000;

/** Measures which part of the last minute a bus was in use. */
export class BusMeter {
  readonly #clock: Clock;
  /** Milliseconds in use, by the number of the slot modulo their count. */
  readonly #busyMs = new Float64Array(SLOTS);
  readonly #begunAt: number;
  #slot: number;
  #countedTo: number;
  #isBusy = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begunAt = clock.monotonic();
    this.#countedTo = this.#begunAt;
    this.#slot = Math.floor(this.#begunAt / SLOT_MS);
  }

  /** Notes whether the bus is in use from now on. */
  set isBusy(isBusy: boolean) {
    this.#count();
    this.#isBusy = isBusy;
  }

  /** The part of the last minute in which it was; undefined in the first seconds. */
  utilisation(): number | undefined {
    this.#count();
    const now = this.#countedTo;
    const windowFrom = Math.max(this.#begunAt, (this.#slot - SLOTS + 1) * SLOT_MS);
    const seenMs = now - windowFrom;
    if (seenMs < SEEN_MS_MIN) return undefined;
    return Math.min(1, this.#busyMs.reduce((sum, ms) => sum + ms, 0) / seenMs);
  }

  #count(): void {
    const now = this.#clock.monotonic();
    const skipped = Math.floor(now / SLOT_MS) - this.#slot;
    // Slots of long ago are over whatever was in them.
    if (skipped > SLOTS) {
      this.#busyMs.fill(this.#isBusy ? SLOT_MS : 0);
      this.#slot += skipped;
      this.#busyMs[this.#slot % SLOTS] = this.#isBusy ? now - this.#slot * SLOT_MS : 0;
      this.#countedTo = now;
      return;
    }
    for (;;) {
      const slotEnd = (this.#slot + 1) * SLOT_MS;
      const until = Math.min(now, slotEnd);
      if (this.#isBusy) {
        this.#busyMs[this.#slot % SLOTS] = (this.#busyMs[this.#slot % SLOTS] ?? 0) + (until - this.#countedTo);
      }
      this.#countedTo = until;
      if (now < slotEnd) return;
      this.#slot += 1;
      this.#busyMs[this.#slot % SLOTS] = 0;
    }
  }
}
