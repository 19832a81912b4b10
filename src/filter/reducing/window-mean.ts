/**
 * A measurement by the mean of each window of the wall clock, at the moment of the first sample that it sums. What is
 * anomalous is in it too, so that an average over NAME is that of all samples.
 */

import type { SampleBuilder } from "../../model/samples.ts";
import { ExactMean } from "./exact-mean.ts";
import { Reduction } from "./reduction.ts";

/** A mean of which the log tells what it sums, and not yet that it was told. */
interface Recalled {
  at: number;
  readonly value: number;
  flags: number;
  /** Whether it is of a whole window: of the first that is looked up in the log there may be more before. */
  readonly isWhole: boolean;
}

/** Thins out one series to the means of its windows. */
export class WindowMean extends Reduction {
  readonly #mean = new ExactMean();
  /** The window that is gathered, counted from 1970 on. */
  #open = Number.NEGATIVE_INFINITY;
  #firstAt = Number.NaN;
  #flags = 0;
  /** Windows before the one that is gathered, the oldest first: a run killed while it recalled did not tell them. */
  #recalled: Recalled[] = [];
  /** Whether the window that is recalled is known from its first sample on. */
  #isWhole = true;

  protected begin(at: number): void {
    this.#clear();
    this.#open = Math.floor(at / this.window);
    this.#isWhole = true;
  }

  protected reduce(at: number, value: number, flags: number, target: SampleBuilder): void {
    const open = Math.floor(at / this.window);
    if (open !== this.#open) this.#turnTo(open, target);
    this.#add(at, value, flags);
    this.pass(at, value, flags, target);
  }

  protected override gather(target: SampleBuilder): void {
    for (const { at, value, flags, isWhole } of this.#recalled) if (isWhole) this.summarize(at, value, flags, target);
    this.#recalled = [];
    if (this.#mean.count > 0) this.summarize(this.#firstAt, this.#mean.told, this.#flags, target);
    this.#clear();
  }

  protected override gatherUntil(overAt: number, target: SampleBuilder): void {
    if (overAt >= (this.#open + 1) * this.window) this.gather(target);
  }

  protected recallOrdinary(at: number, value: number, flags: number): boolean {
    if (Math.floor(at / this.window) !== this.#open) {
      const { count, told } = this.#mean;
      const isWhole = this.#isWhole;
      if (count > 0) this.#recalled.push({ at: this.#firstAt, value: told, flags: this.#flags, isWhole });
      const isFirst = this.#open === Number.NEGATIVE_INFINITY;
      this.begin(at);
      this.#isWhole = !isFirst;
    }
    this.#add(at, value, flags);
    return true;
  }

  protected override recallGathered(at: number, value: number): void {
    const told = this.#recalled.find((mean) => mean.at === at);
    this.#recalled = this.#recalled.filter((mean) => mean.at > at);
    // Where the clock was set amid a window, what was told has rows in it that lie in the next one now.
    if (told?.value !== value) this.#clear();
  }

  protected override moveOpen(by: number, keptFlags: number): void {
    this.#firstAt += by;
    this.#flags &= keptFlags;
    for (const mean of this.#recalled) {
      mean.at += by;
      mean.flags &= keptFlags;
    }
    // Its end is that of where it begins now, or it would be longer than a window.
    this.#open = Math.floor((this.#mean.count > 0 ? this.#firstAt : this.lastAt) / this.window);
  }

  #turnTo(open: number, target: SampleBuilder): void {
    this.gather(target);
    this.#open = open;
    this.lateUpTo = Math.max(this.lateUpTo, open * this.window - 1);
  }

  #add(at: number, value: number, flags: number): void {
    if (this.#mean.count === 0) this.#firstAt = at;
    this.#mean.add(value);
    this.#flags |= flags;
  }

  #clear(): void {
    this.#mean.clear();
    this.#flags = 0;
  }
}
