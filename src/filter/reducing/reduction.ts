/**
 * What stays of one series. A row that is told of by another one gets the flag `ordinary`; what tells of it goes as a
 * row of its summaries, unless that is a row of the series itself. Together they are the points of NAME at a reader
 * that thins, in the order of their moments.
 *
 * All courses have this in common:
 *
 * - A run of rows begins at the first, and after a silence; its first row goes as it is, and so, as a summary, does the
 *   last one before a silence.
 * - Rows that are doubted go as they are, between the end of one run and the beginning of the next.
 * - Rows that come after one that is told already, but are of before it, go as they are and change nothing. Where they
 *   go on for a whole window, the clock was put back: a run begins.
 * - A row that is to go as it is while something is anomalous goes twice, as NAME and as NAME.full.
 */

import { FLAG, type SampleBuilder } from "../../model/samples.ts";
import type { SeriesId } from "../../model/series.ts";
import type { WindowStatistics } from "./window-statistics.ts";

/** What nobody sums up. */
const DOUBTED = FLAG.suspect | FLAG.stale;

/** What goes in full beside. */
const IN_FULL = FLAG.anomalous | FLAG.context;

/** Of the flags of samples, those that what sums them up has too. */
const SUMMED_FLAGS = FLAG.clockUntrusted;

/** A run has ended after so many intervals without a row. */
const SILENT_INTERVALS = 3;

/** A row may come so much later than it was read. Units: milliseconds, and intervals where these are longer. */
const LATENESS_MAX = 5000;
const LATE_INTERVALS = 2;

/** What a reduction is built from. Units: milliseconds. */
export interface ReductionParts {
  readonly series: SeriesId;
  /** Takes what sums it up. */
  readonly summary: SeriesId;
  readonly window: number;
  /** How often it is read. */
  readonly interval: number;
  /** What else is told of each window; undefined for nothing. */
  readonly statistics: WindowStatistics | undefined;
}

/** Thins out one series. Moments of rows (`at`) are of the wall clock, `now` is of the monotonic one. */
export abstract class Reduction {
  readonly series: SeriesId;
  readonly window: number;
  readonly #summary: SeriesId;
  readonly #silence: number;
  readonly #lateness: number;
  readonly #statistics: WindowStatistics | undefined;
  /** The row that came last; NaN before the first. */
  protected lastAt = Number.NaN;
  protected lastValue = Number.NaN;
  #lastFlags = 0;
  #seenAt = Number.NaN;
  /** The last point of NAME. */
  protected toldAt = Number.NEGATIVE_INFINITY;
  /** A row up to here comes too late to be reduced. */
  protected lateUpTo = Number.NEGATIVE_INFINITY;
  /** Where a stretch of late rows began; NaN where the last row was not late. */
  #lateSince = Number.NaN;
  #isRunning = false;

  constructor({ series, summary, window, interval, statistics }: ReductionParts) {
    this.series = series;
    this.window = window;
    this.#summary = summary;
    this.#silence = Math.max(window, SILENT_INTERVALS * interval);
    this.#lateness = Math.max(LATENESS_MAX, LATE_INTERVALS * interval);
    this.#statistics = statistics;
  }

  /** Begins a run, or goes on, with a point of NAME. */
  protected abstract begin(at: number, value: number): void;

  /** Takes a row of a run, with `tell` or `pass`, and tells before it what it ends. */
  protected abstract reduce(at: number, value: number, flags: number, target: SampleBuilder): void;

  /** Takes up a row that was told of by others; says whether enough is known now to go on from it. */
  protected abstract recallOrdinary(at: number, value: number, flags: number): boolean;

  /** Tells what is gathered, if anything is. */
  protected gather(_target: SampleBuilder): void {}

  /** Tells what is gathered of a time that is over. */
  protected gatherUntil(_overAt: number, _target: SampleBuilder): void {}

  /** Takes up that what was gathered has been told. */
  protected recallGathered(at: number, value: number): void {
    this.begin(at, value);
  }

  /** Lays what is known of moments on a clock that was set. */
  protected moveOpen(_by: number, _keptFlags: number): void {}

  /** Passes a row on, with what it ends before it. */
  take(at: number, value: number, flags: number, now: number, target: SampleBuilder): void {
    if ((flags & FLAG.historical) !== 0 || this.#isLate(at, target)) {
      target.push(this.series, at, value, flags);
      return;
    }
    this.#lateSince = Number.NaN;
    if ((flags & DOUBTED) !== 0) {
      this.settle(target);
      this.tell(at, value, flags, target);
    } else {
      this.#statistics?.take(at, value, flags & SUMMED_FLAGS, target);
      const goesOn = this.#isRunning && at - this.lastAt <= this.#silence && !this.#isOfLastPoint(at);
      if (goesOn) this.reduce(at, value, flags, target);
      else this.#beginRun(at, value, flags, target);
    }
    this.#noteLast(at, value, flags, now);
  }

  /** Tells what is due by now although no row has come. */
  flush(now: number, target: SampleBuilder): void {
    const silence = now - this.#seenAt;
    if (silence > this.#silence) {
      this.end(target);
      return;
    }
    const overAt = this.lastAt + silence - this.#lateness;
    this.#statistics?.flush(overAt, target);
    if (this.#isRunning) this.gatherUntil(overAt, target);
  }

  /** Tells all that is not told yet: the run is over. */
  settle(target: SampleBuilder): void {
    this.gather(target);
    this.summarizeLast(target);
    this.#isRunning = false;
  }

  /** Tells all that is not told yet, of the window under way too. */
  end(target: SampleBuilder): void {
    this.settle(target);
    this.#statistics?.close(target);
  }

  /** Takes up a row of the log, as if it had just passed; rows come in the order of the log. */
  recall(at: number, value: number, flags: number, seenAt: number): void {
    if ((flags & FLAG.historical) !== 0 || at < this.toldAt) return;
    const isOrdinary = (flags & FLAG.ordinary) !== 0;
    if (!isOrdinary) this.#noteTold(at);
    if ((flags & DOUBTED) !== 0) {
      this.#isRunning = false;
    } else {
      if (isOrdinary) this.#isRunning = this.recallOrdinary(at, value, flags) || this.#isRunning;
      else this.#beginRecalled(at, value);
      this.#statistics?.recall(at, value, flags & SUMMED_FLAGS);
    }
    this.#noteLast(at, value, flags, seenAt);
  }

  /** Takes up a row of the summaries, likewise. */
  recallSummary(at: number, value: number): void {
    this.recallGathered(at, value);
    this.#noteTold(at);
    // What goes in full is ordinary to NAME, and told by a summary of its own: the run goes on from it.
    if (at === this.lastAt && (this.#lastFlags & DOUBTED) === 0) this.#isRunning = true;
  }

  /** Lays all on a clock that was set, as the log does with what it holds. */
  move(by: number, keptFlags: number): void {
    this.lastAt += by;
    this.toldAt += by;
    this.lateUpTo += by;
    this.#lastFlags &= keptFlags;
    this.#statistics?.move(by, keptFlags);
    this.moveOpen(by, keptFlags);
  }

  /** Passes a row on that others tell of. */
  protected pass(at: number, value: number, flags: number, target: SampleBuilder): void {
    target.push(this.series, at, value, flags | FLAG.ordinary);
  }

  /** Passes a row on as a point of NAME. */
  protected tell(at: number, value: number, flags: number, target: SampleBuilder): void {
    if ((flags & IN_FULL) === 0) {
      target.push(this.series, at, value, flags);
      this.#noteTold(at);
    } else {
      this.pass(at, value, flags, target);
      this.summarize(at, value, flags, target);
    }
  }

  /** Adds a point of NAME. */
  protected summarize(at: number, value: number, flags: number, target: SampleBuilder): void {
    target.push(this.#summary, at, value, flags & SUMMED_FLAGS);
    this.#noteTold(at);
  }

  /** Adds the row that came last as a point of NAME, unless it is one. */
  protected summarizeLast(target: SampleBuilder): void {
    if (this.lastAt > this.toldAt) this.summarize(this.lastAt, this.lastValue, this.#lastFlags, target);
  }

  #beginRun(at: number, value: number, flags: number, target: SampleBuilder): void {
    this.settle(target);
    this.begin(at, value);
    this.tell(at, value, flags, target);
    this.#isRunning = true;
  }

  #beginRecalled(at: number, value: number): void {
    this.begin(at, value);
    this.#isRunning = true;
  }

  /** Of several rows of one moment the last is the point. */
  #isOfLastPoint(at: number): boolean {
    return at === this.lastAt && at === this.toldAt;
  }

  /** Where late rows have gone on for a window, forgets what they were late for. */
  #isLate(at: number, target: SampleBuilder): boolean {
    if (!(at <= this.lateUpTo) || this.#isOfLastPoint(at)) return false;
    if (Number.isNaN(this.#lateSince)) this.#lateSince = at;
    if (at - this.#lateSince < this.window) return true;
    this.end(target);
    this.lateUpTo = Number.NEGATIVE_INFINITY;
    this.lastAt = Number.NaN;
    return false;
  }

  #noteTold(at: number): void {
    this.toldAt = at;
    if (at > this.lateUpTo) this.lateUpTo = at;
  }

  #noteLast(at: number, value: number, flags: number, now: number): void {
    this.lastAt = at;
    this.lastValue = value;
    this.#lastFlags = flags;
    this.#seenAt = now;
  }
}
