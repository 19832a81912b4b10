/** `ensemble`: what lasts and what is unusual for the time of day, each against days and against weeks. */

import type { DetectorSettings } from "./detector.ts";
import { Novelty } from "./novelty.ts";
import { pointsShift, rangeParts, SurpriseDetector } from "./outcome.ts";
import { type JudgedTick, Records } from "./records.ts";
import { DAILY, SeasonalMean } from "./seasonal-mean.ts";
import { ShortMean } from "./short-mean.ts";
import { ShortMedian } from "./short-median.ts";
import { TailRank } from "./tail-rank.ts";
import { Ticks } from "./ticks.ts";

const MEAN_LENGTH = 12;
const MEDIAN_LENGTH = 24;

/**
 * What one view says by itself counts so much beside the sum of two: little enough that on ordinary signals it hardly
 * adds to their false ones. Views of one memory count for more, the one that lags for less.
 */
const LASTING = 1.4;
const SHIFTED = 1.9;

const DAY = 86_400_000;
const SHORT = { values: 500, span: 1.75 * DAY };
const LONG = { values: 3000, span: 10 * DAY };

/**
 * Records are heard where values come at least so often: half a day of slower ones is too few to know how far they go.
 * Units: milliseconds.
 */
const RECORDS_EVERY_MAX = 2 * 60_000;

/** Nothing that is beyond its records counts for more alarms than this: how far beyond says little. */
const BEYOND_MAX = 1.05;

/**
 * What is rare counts for so much of what it is beyond `watch`: hardly while less than a part of a week is known, as no
 * Monday was seen yet, then for more and more, and after a week for all of it.
 */
const NEW = 0.1;
const NEW_MAX = 1 / 3;
const YOUNG = 0.2;

const POINTS = { watch: 8.2, alarm: 13.5, parts: 2 };

/** What is only new comes so near to an alarm, whatever the points are moved by meanwhile. */
const BELOW_ALARM = 0.97;

/** What novelty weighs beside surprise, and what their sum is brought down to, to mean the same as surprise alone. */
const NOVEL = 2;
const NOVEL_SHARE = 2 / 3;

/** Adds up the surprise of two views at two horizons: what is odd in several ways at once counts most. */
export class EnsembleDetector extends SurpriseDetector {
  protected readonly learningCount = 200;
  readonly #zoneOffset: (at: number) => number;
  readonly #ticks: Ticks;
  readonly #mean: ShortMean;
  readonly #seasonal: SeasonalMean;
  readonly #median: ShortMedian;
  readonly #level: TailRank;
  readonly #residual: TailRank;
  readonly #lasting: TailRank;
  readonly #shift: ShortMean;
  readonly #shifted: TailRank;
  readonly #novelty: Novelty;
  readonly #records: Records;
  readonly #hasRange: boolean;
  readonly #parts: readonly [low: number, high: number];

  constructor(settings: DetectorSettings) {
    super("ensemble", 6, POINTS, settings);
    this.#zoneOffset = settings.zoneOffset ?? (() => 0);
    this.#ticks = new Ticks(this.state);
    this.#mean = new ShortMean(this.state, MEAN_LENGTH);
    this.#seasonal = new SeasonalMean(this.state, DAILY);
    this.#median = new ShortMedian(this.state, MEDIAN_LENGTH);
    this.#level = new TailRank(this.state, 2);
    this.#residual = new TailRank(this.state, 2);
    this.#lasting = new TailRank(this.state, 2);
    this.#shift = new ShortMean(this.state, MEAN_LENGTH);
    this.#shifted = new TailRank(this.state, "lagging");
    this.#novelty = new Novelty(this.state, settings.range);
    this.#records = new Records(this.state);
    this.#hasRange = settings.range !== undefined;
    this.#parts = rangeParts(settings.bounds);
  }

  protected override every(interval: number): number {
    return Ticks.every(interval);
  }

  protected judge(at: number, value: number, follows: boolean): number {
    const interval = this.pace.interval;
    this.#records.take(value, follows, this.pace.passed);
    if (!this.#ticks.ends(at, value, follows, interval)) return Number.NaN;
    const every = Ticks.every(interval);
    const short = Math.max(SHORT.values, SHORT.span / every);
    const long = Math.max(LONG.values, LONG.span / every);
    const local = at + this.#zoneOffset(at);
    const { mean, extreme } = this.#ticks;
    const usual = this.#seasonal.expect(local);
    const isSeasonal = !Number.isNaN(usual);
    const residual = isSeasonal ? this.#judgeResidual(extreme, usual, short, long) : 0;
    const shifted = isSeasonal ? this.#judgeShift(mean - this.#seasonal.interpolate(local), follows, long) : 0;
    this.#seasonal.learn(local, mean, every);
    const level = this.#level.take(this.#mean.take(mean, follows), short, long);
    const median = this.#median.take(mean, follows);
    const lasting = this.#lasting.take(median, short, long);
    // They begin on the second day, and have to see something themselves before they are heard.
    const sum = this.#residual.seen >= this.learningCount ? level + residual : level;
    const lagging = this.#shifted.seen >= DAY / every ? SHIFTED * shifted : 0;
    const rare = Math.max(sum, LASTING * lasting, lagging);
    const surprise = this.#hasRange ? this.#weighNovelty(rare, extreme, every) : rare;
    if (every > RECORDS_EVERY_MAX) return surprise;
    return this.#weighRecords(surprise, at, { mean, follows, interval }, every);
  }

  /** With a range, what is new in it is a reason to look; an alarm is what would be one without. */
  #weighNovelty(surprise: number, value: number, every: number): number {
    const alarm = toAlarm(every);
    const both = NOVEL_SHARE * (surprise + NOVEL * this.#novelty.take(value));
    return surprise >= alarm ? surprise : Math.min(both, BELOW_ALARM * alarm);
  }

  /**
   * What is rare counts for less while there are few records, and is no alarm where the level is familiar; what is
   * beyond records counts beside it.
   */
  #weighRecords(rare: number, at: number, tick: JudgedTick, every: number): number {
    const beyond = this.#records.judge(at, tick);
    const alarm = toAlarm(every);
    const watch = alarm - POINTS.alarm + POINTS.watch;
    const { known } = this.#records;
    const weight = known < NEW_MAX ? NEW : YOUNG + (1 - YOUNG) * known;
    const sure = rare > watch ? watch + (rare - watch) * weight : rare;
    const news = this.#records.isFamiliar ? Math.min(sure, BELOW_ALARM * alarm) : sure;
    return Math.max(news, Math.min(beyond, BEYOND_MAX) * alarm);
  }

  #judgeShift(residual: number, follows: boolean, long: number): number {
    return Number.isNaN(residual) ? 0 : this.#shifted.take(this.#shift.take(residual, follows), long);
  }

  #judgeResidual(extreme: number, usual: number, short: number, long: number): number {
    if (!this.isLearning) {
      const [low, high] = this.#parts;
      this.expect(usual + this.#residual.quantile(low), usual + this.#residual.quantile(high));
    }
    return this.#residual.take(extreme - usual, short, long);
  }
}

/** The surprise that is an alarm, in steps: what goes on is as high as it was, and so no news. */
function toAlarm(every: number): number {
  return POINTS.alarm + Math.round(4 * pointsShift(every, POINTS.parts)) / 4;
}
