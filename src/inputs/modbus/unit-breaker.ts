/** Whether a unit is asked for its points or only whether it is back, and how long it is waited for. */

import type { ErrorCode } from "../../model/errors.ts";
import { type Millis, type MonotonicMillis, millis, seconds } from "../../model/time.ts";

/** So many silent polls in a row open the breaker of a unit that is trusted; of one that is not, the first does. */
const SILENT_POLLS_MAX = 3;

/** A unit that was open is trusted again when it has not been silent for so long. */
const TRUSTED_AFTER = seconds(300);

/** Given to a unit of whom no answer was ever timed. */
const UNTIMED = millis(100);

/** The least that a unit is given: below it, the jitter of adapters and schedulers would count as silence. */
const TIMEOUT_MIN = millis(20);

/** How many times the slowest answer of late a unit is given. */
const ROUND_TRIP_MARGIN = 2;

/** Limits: so many answers of a unit are remembered. */
const ROUND_TRIPS_MAX = 32;

/** Why a unit counts as silent. */
export interface Silence {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * The state of one unit: closed while it answers, open when it was silent for some polls in a row, and half-open while
 * a probe asks it. Moments are handed in, so that all of it is arithmetic.
 */
export class UnitBreaker {
  readonly #isHasty: boolean;
  readonly #roundTrips: number[] = [];
  #isOpen = false;
  #silentPolls = 0;
  #silentSince: number | undefined;
  #silence: Silence | undefined;
  #lastSilentAt = Number.NEGATIVE_INFINITY;
  #lastOpenAt = Number.NEGATIVE_INFINITY;

  /** `isHasty` says whether a unit that was silent lately may be given less than the configured time. */
  constructor(isHasty: boolean) {
    this.#isHasty = isHasty;
  }

  /** Whether the unit is only probed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** When it was last asked in vain. */
  get lastSilentAt(): number {
    return this.#lastSilentAt;
  }

  /** How its silence showed in the last poll of all its points. */
  get silence(): Silence | undefined {
    return this.#silence;
  }

  /** How long the unit has been silent. */
  silentFor(now: MonotonicMillis): Millis {
    return millis(now - (this.#silentSince ?? now));
  }

  /** Whether it has been silent within the last minutes; then it gets less time and, once open, fewer tries. */
  isDoubtful(now: MonotonicMillis): boolean {
    return now - this.#lastSilentAt < TRUSTED_AFTER;
  }

  /** How long to wait for an answer to a request of a poll. Units: `configured` bounds it. */
  timeout(configured: Millis, now: MonotonicMillis): Millis {
    return this.isDoubtful(now) ? this.shortTimeout(configured) : configured;
  }

  /** How long the unit needs at most, going by its answers. Units: `configured` bounds it. */
  shortTimeout(configured: Millis): Millis {
    if (!this.#isHasty) return configured;
    const needed = this.#roundTrips.length === 0 ? UNTIMED : Math.max(...this.#roundTrips) * ROUND_TRIP_MARGIN;
    return millis(Math.min(configured, Math.max(TIMEOUT_MIN, needed)));
  }

  /** Notes how long an answer took, less the time of its bytes on the wire. */
  addRoundTrip(taken: Millis): void {
    this.#roundTrips.push(taken);
    if (this.#roundTrips.length > ROUND_TRIPS_MAX) this.#roundTrips.shift();
  }

  /** Notes that the unit answered a poll, or a part of it. */
  endAnsweredPoll(): void {
    this.#silentPolls = 0;
    this.#silentSince = undefined;
    this.#silence = undefined;
  }

  /** Notes that a request was in vain, whatever came of those before. */
  addSilence(now: MonotonicMillis): void {
    this.#lastSilentAt = now;
  }

  /** Notes that nothing came of a poll that began at `began`; opens when that was once too often. */
  endSilentPoll(silence: Silence, began: MonotonicMillis, now: MonotonicMillis): void {
    this.#silentPolls += 1;
    this.#silentSince ??= began;
    this.#silence = silence;
    this.#lastSilentAt = now;
    const wasOpenLately = now - this.#lastOpenAt < TRUSTED_AFTER;
    this.#isOpen = wasOpenLately || this.#silentPolls >= SILENT_POLLS_MAX;
    if (this.#isOpen) this.#lastOpenAt = now;
  }

  /** Notes what came of a probe; the unit that answered one is polled again. */
  endProbe(isAlive: boolean, now: MonotonicMillis): void {
    this.#isOpen = !isAlive;
    this.#lastOpenAt = now;
    if (!isAlive) this.#lastSilentAt = now;
  }
}
