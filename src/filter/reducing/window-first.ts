/** Totals and states: the first sample of each window goes as it is, and each that the others cannot tell of. */

import type { SampleBuilder } from "../../model/samples.ts";
import { Reduction, type ReductionParts } from "./reduction.ts";

/** A total grows between two points, so what counts is where it falls; a state stays, so what counts is each change. */
export type Telling = "falls" | "changes";

/** Thins out one series to the first samples of its windows. */
export class WindowFirst extends Reduction {
  readonly #telling: Telling;
  /** The window that was told of last, counted from 1970 on. */
  #told = Number.NEGATIVE_INFINITY;

  constructor(parts: ReductionParts, telling: Telling) {
    super(parts);
    this.#telling = telling;
  }

  protected begin(at: number): void {
    this.#told = Math.floor(at / this.window);
  }

  protected reduce(at: number, value: number, flags: number, target: SampleBuilder): void {
    const hasFallen = this.#telling === "falls" && value < this.lastValue;
    const hasChanged = this.#telling === "changes" && value !== this.lastValue;
    if (hasFallen) this.summarizeLast(target);
    if (hasFallen || hasChanged || Math.floor(at / this.window) > this.#told) {
      this.begin(at);
      this.tell(at, value, flags, target);
    } else {
      this.pass(at, value, flags, target);
    }
  }

  protected recallOrdinary(at: number): boolean {
    this.begin(at);
    return true;
  }

  protected override moveOpen(): void {
    this.#told = Math.floor(this.toldAt / this.window);
  }
}
