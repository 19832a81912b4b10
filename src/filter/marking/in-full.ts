/**
 * Which rows of a series go in full: those of what is worth a look, whatever point people want to be told at. A false
 * alarm costs a person's night, a stretch in full a few bytes; what was not sent is not there when it turns out later
 * what it was the beginning of.
 */

import { FLAG } from "../../model/samples.ts";
import { WATCH } from "../detectors/detector.ts";
import { DEPARTURE_SLOTS, Departure } from "./departure.ts";
import { type Seen, STRETCH_SLOTS, Stretch, type StretchRule } from "./stretch.ts";

/** How many numbers this needs. */
export const IN_FULL_SLOTS = STRETCH_SLOTS + DEPARTURE_SLOTS + 1;

const MARKED = STRETCH_SLOTS + DEPARTURE_SLOTS;

const FULL = FLAG.anomalous | FLAG.context;

/** What goes in full, and how long a detector takes to see it. */
export interface FullRule extends StretchRule {
  /** How long the values come for that a detector judges together. Units: milliseconds. */
  readonly lag: number;
}

/** Decides it for one series. */
export class InFull {
  /** How long before the last row what goes in full from it on has begun; 0 for any other row. Units: milliseconds. */
  lead = 0;
  readonly #slots: Float64Array;
  readonly #stretch: Stretch;
  readonly #departure: Departure;

  /** Shape: `IN_FULL_SLOTS` numbers; all 0 for a series of which nothing is known. */
  constructor(slots: Float64Array) {
    this.#slots = slots;
    this.#stretch = new Stretch(slots.subarray(0, STRETCH_SLOTS));
    this.#departure = new Departure(slots.subarray(STRETCH_SLOTS, MARKED));
  }

  /**
   * Takes a row that the detector has just seen, and the flags it has by the stretch that people are told of; gives the
   * flags it gets. An onset is where the row before did not go in full. Units: `at` milliseconds since 1970.
   */
  judge(at: number, value: number, seen: Seen, rule: FullRule, told: number): number {
    const slots = this.#slots;
    this.#departure.take(at, value, seen, rule.lag);
    const marks = told | this.#stretch.judge(at, value, seen, rule);
    const isOnset = (marks & FLAG.onset) !== 0 && slots[MARKED] === 0;
    slots[MARKED] = marks & FULL;
    // What crosses a limit is odd at once, and not before. What begins among values that are judged together may be
    // seen with the next ones only: what was before is then the furthest of them.
    this.lead = isOnset && seen.score >= WATCH ? Math.max(2 * rule.lag, this.#departure.leadAt(at)) : 0;
    if ((marks & FLAG.anomalous) === 0) return marks;
    return isOnset ? FLAG.anomalous | FLAG.onset : FLAG.anomalous;
  }

  /** Moves all moments, because the clock that gave them was set. Units: milliseconds. */
  shift(by: number): void {
    this.#stretch.shift(by);
    this.#departure.shift(by);
  }
}
