/** Where readings wait that come by themselves, until a poll takes them. It is bounded: a flood costs readings. */

import type { ReadingColumns } from "../model/input.ts";
import type { DropCounts, DropReason } from "../model/log.ts";
import type { MutableDropCounts } from "../model/tally.ts";

/** Readings that one mailbox holds where its owner says nothing of it. */
const COUNT_MAX = 20_000;

const COUNT_FIRST = 64;

/** What a poll takes out of a mailbox. The columns are filled anew after the next `drain`. */
export interface Drained {
  readonly readings: ReadingColumns;
  /** What found no room since the last time, by reason. */
  readonly dropped: DropCounts;
}

/** Columns that grow up to a limit and keep their room. */
class Columns implements ReadingColumns {
  point = new Uint16Array(COUNT_FIRST);
  at = new Float64Array(COUNT_FIRST);
  value = new Float64Array(COUNT_FIRST);
  flags = new Uint8Array(COUNT_FIRST);
  count = 0;

  push(point: number, at: number, value: number, flags: number): void {
    if (this.count === this.point.length) this.#grow();
    this.point[this.count] = point;
    this.at[this.count] = at;
    this.value[this.count] = value;
    this.flags[this.count] = flags;
    this.count += 1;
  }

  #grow(): void {
    const { point, at, value, flags } = this;
    const length = this.count * 2;
    this.point = new Uint16Array(length);
    this.at = new Float64Array(length);
    this.value = new Float64Array(length);
    this.flags = new Uint8Array(length);
    this.point.set(point);
    this.at.set(at);
    this.value.set(value);
    this.flags.set(flags);
  }
}

/** A bounded queue of readings in columns. */
export class Mailbox {
  readonly countMax: number;
  #filling = new Columns();
  #drained = new Columns();
  #dropped: MutableDropCounts = {};

  /** `countMax` left out means 20,000 readings. */
  constructor(countMax = COUNT_MAX) {
    this.countMax = countMax;
  }

  /** How many readings wait. */
  get count(): number {
    return this.#filling.count;
  }

  /**
   * Puts a reading in, if there is room; what finds none is counted as `backpressure`. Gives whether it is in.
   *
   * Units: `at` integer milliseconds since 1970, `value` in the point's unit. Shape: `point` indexes `Input.points`;
   * `flags` left out means none.
   */
  put(point: number, at: number, value: number, flags = 0): boolean {
    if (this.#filling.count >= this.countMax) {
      this.drop("backpressure");
      return false;
    }
    this.#filling.push(point, at, value, flags);
    return true;
  }

  /** Counts readings that came and do not go in. `count` left out means one. */
  drop(reason: DropReason, count = 1): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count;
  }

  /** Takes everything out, in the order it came. */
  drain(): Drained {
    const readings = this.#filling;
    const dropped = this.#dropped;
    this.#filling = this.#drained;
    this.#filling.count = 0;
    this.#drained = readings;
    this.#dropped = {};
    return { readings, dropped };
  }
}
