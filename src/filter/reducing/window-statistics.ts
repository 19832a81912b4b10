/** What else is told of each window of a series: its extremes, and how many samples it has, as series of their own. */

import type { Statistic } from "../../model/filter.ts";
import type { SampleBuilder } from "../../model/samples.ts";
import type { SeriesId } from "../../model/series.ts";

/** The series of statistics; those that are not there are not asked for. */
export type StatisticIds = Partial<Readonly<Record<Statistic, SeriesId>>>;

/** Statistics of the window under way. Units: moments and the window in milliseconds. */
export class WindowStatistics {
  readonly #ids: StatisticIds;
  readonly #window: number;
  #open = Number.NEGATIVE_INFINITY;
  #firstAt = Number.NaN;
  #count = 0;
  #min = Number.NaN;
  #max = Number.NaN;
  #flags = 0;

  constructor(ids: StatisticIds, window: number) {
    this.#ids = ids;
    this.#window = window;
  }

  /** Takes a sample, and tells of the window that it ends. */
  take(at: number, value: number, flags: number, target: SampleBuilder): void {
    if (Math.floor(at / this.#window) > this.#open) this.close(target);
    this.#add(at, value, flags);
  }

  /** Takes up a sample of the log; what it ends was told. */
  recall(at: number, value: number, flags: number): void {
    if (Math.floor(at / this.#window) > this.#open) this.#clear();
    this.#add(at, value, flags);
  }

  /** Tells of the window if it is over by then. */
  flush(overAt: number, target: SampleBuilder): void {
    if (this.#count > 0 && overAt >= (this.#open + 1) * this.#window) this.close(target);
  }

  /** Tells of the window as far as it has come. */
  close(target: SampleBuilder): void {
    if (this.#count > 0) {
      const { min, max, count } = this.#ids;
      if (min !== undefined) target.push(min, this.#firstAt, this.#min, this.#flags);
      if (max !== undefined) target.push(max, this.#firstAt, this.#max, this.#flags);
      if (count !== undefined) target.push(count, this.#firstAt, this.#count, this.#flags);
    }
    this.#clear();
  }

  /** Lays the window on a clock that was set. */
  move(by: number, keptFlags: number): void {
    this.#firstAt += by;
    this.#flags &= keptFlags;
    if (this.#count > 0) this.#open = Math.floor(this.#firstAt / this.#window);
  }

  #add(at: number, value: number, flags: number): void {
    if (this.#count === 0) {
      this.#open = Math.floor(at / this.#window);
      this.#firstAt = at;
      this.#min = value;
      this.#max = value;
    }
    this.#count += 1;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#flags |= flags;
  }

  #clear(): void {
    this.#open = Number.NEGATIVE_INFINITY;
    this.#count = 0;
    this.#flags = 0;
  }
}
