/**
 * A measurement by straight lines: NAME has the corners, and no sample is further from the line between two of them
 * than the error bound. A sample belongs to the line from the last corner as long as the line from there to the sample
 * itself passes all before it within the bound; else the sample before it is a corner. So every corner is a value that
 * was read, and the bound holds strictly, which it does not where only the doors must be open.
 *
 * Source: E. H. Bristol, Swinging door trending: adaptive trend recording, ISA National Conference, 1990.
 */

import type { Deadband } from "../../model/filter.ts";
import type { SampleBuilder } from "../../model/samples.ts";
import { toBand } from "./deadband.ts";
import { Reduction, type ReductionParts } from "./reduction.ts";

/** Thins out one series to the corners of straight lines. */
export class SwingingDoor extends Reduction {
  readonly #bound: Deadband;
  readonly #heartbeat: number;
  /** The last corner. */
  #fromAt = Number.NaN;
  #fromValue = Number.NaN;
  #band = Number.NaN;
  /** The doors: how steep a line from the corner may be. Units: of the value, a millisecond. */
  #low = Number.NEGATIVE_INFINITY;
  #high = Number.POSITIVE_INFINITY;

  /** Units: `heartbeat` in milliseconds. */
  constructor(parts: ReductionParts, bound: Deadband, heartbeat: number) {
    super(parts);
    this.#bound = bound;
    this.#heartbeat = heartbeat;
  }

  protected begin(at: number, value: number): void {
    this.#fromAt = at;
    this.#fromValue = value;
    this.#band = toBand(this.#bound, value);
    this.#low = Number.NEGATIVE_INFINITY;
    this.#high = Number.POSITIVE_INFINITY;
  }

  protected reduce(at: number, value: number, flags: number, target: SampleBuilder): void {
    if (at <= this.lastAt) {
      this.#turn(target);
      if (at === this.#fromAt) this.begin(at, value);
      target.push(this.series, at, value, flags);
      return;
    }
    const slope = (value - this.#fromValue) / (at - this.#fromAt);
    const fits = slope >= this.#low && slope <= this.#high && at - this.#fromAt <= this.#heartbeat;
    if (!fits) this.#turn(target);
    this.#narrow(at, value);
    this.pass(at, value, flags, target);
  }

  protected recallOrdinary(at: number, value: number): boolean {
    if (Number.isNaN(this.#fromAt)) return false;
    this.#narrow(at, value);
    return true;
  }

  protected override moveOpen(by: number): void {
    this.#fromAt += by;
  }

  /** Makes the sample that came last a corner, unless it is one. */
  #turn(target: SampleBuilder): void {
    if (!(this.lastAt > this.toldAt)) return;
    this.summarizeLast(target);
    this.begin(this.lastAt, this.lastValue);
  }

  #narrow(at: number, value: number): void {
    const span = at - this.#fromAt;
    this.#low = Math.max(this.#low, (value - this.#band - this.#fromValue) / span);
    this.#high = Math.min(this.#high, (value + this.#band - this.#fromValue) / span);
  }
}
