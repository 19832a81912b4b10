/** How much a detector has learned, how long it has still to, and what else is known of its kind alone. */

import type { DetectorKind } from "../../model/filter.ts";
import { createDetector } from "../detectors/create-detector.ts";
import { learningSpan } from "../detectors/learning-span.ts";
import { GAP } from "../detectors/pace.ts";
import { TICK } from "../detectors/ticks.ts";

const HOUR = 3_600_000;

/** Detectors that know the time of day judge what comes faster by the minute. Units: milliseconds. */
const TOGETHER: Readonly<Record<DetectorKind, number>> = {
  basic: 0,
  agile: 0,
  robust: TICK,
  threshold: 0,
  rate: 0,
  ensemble: TICK,
};

/** More values than any detector waits for. */
const VALUES_MAX = 10_000;

const LAST = 0;
const SPENT = 1;
const VALUES = 2;
const EVERY = 3;

/** How many numbers this needs. */
export const LEARNING_SLOTS = 4;

/** How long the values that a detector judges together may have come for. Units: milliseconds. */
export function judgedTogether(kind: DetectorKind): number {
  return TOGETHER[kind];
}

const counts = new Map<DetectorKind, number>();

/** How many values one needs at least, which is tried out. */
export function learningCount(kind: DetectorKind): number {
  const known = counts.get(kind);
  if (known !== undefined) return known;
  const detector = createDetector(kind, { learningSpan: 0, interval: HOUR });
  let count = 0;
  for (; detector.isLearning && count < VALUES_MAX; count += 1) detector.take(count * HOUR, count % 7);
  counts.set(kind, count);
  return count;
}

/** Follows how far one series is. */
export class Learning {
  readonly #slots: Float64Array;

  /** Shape: `LEARNING_SLOTS` numbers; all 0 for a series of which nothing is known. */
  constructor(slots: Float64Array) {
    this.#slots = slots;
  }

  /** Takes the moment of a value. Units: milliseconds since 1970. */
  take(at: number): void {
    const slots = this.#slots;
    const values = slots[VALUES] as number;
    const passed = at - (slots[LAST] as number);
    slots[LAST] = at;
    slots[VALUES] = values + 1;
    if (values === 0 || !(passed > 0)) return;
    const every = slots[EVERY] as number;
    if (every > 0 && passed > GAP * every) return;
    slots[EVERY] = every + (passed - every) / values;
    slots[SPENT] = (slots[SPENT] as number) + passed;
  }

  /** How long it takes about, if values come as before; at least a minute, as it is not over. Units: milliseconds. */
  left(kind: DetectorKind): number {
    const values = this.#slots[VALUES] as number;
    const spent = this.#slots[SPENT] as number;
    const every = this.#slots[EVERY] as number;
    return Math.max(60_000, learningSpan(kind) - spent, (learningCount(kind) - values) * every);
  }
}
