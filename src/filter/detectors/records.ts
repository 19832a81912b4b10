/**
 * What goes beyond all of the last week by far more than one half day of it differed from the next: levels, spikes,
 * swings, stillness, values that stay as they are. It does not ask how rare something is, but how new.
 */

import { PastRange } from "./past-range.ts";
import { RecentSize } from "./recent-size.ts";
import { ShortMedian } from "./short-median.ts";
import type { StateBlock } from "./state-block.ts";

/** So many units beyond are an alarm: of what a quantity differs by itself, or of the least that counts. */
const ALARM_AT = 4;

/** A level moves about for longer than a week, and so has to go further. */
const LEVEL_AT = 4.5;

/** What was as far out on two occasions, or of which too little is known, is worth a look and no alarm. */
const UNSURE = 3.5;

/** What is known of a week less than all of it counts for down to so much less. */
const YOUNG = 1;

/** A unit is at least this, of logarithms: a tenth more, or a quarter. Of a level: a tenth of its widest range. */
const TENTH = 0.1;
const QUARTER = 0.25;

/** So many times as long as ever without a change is an alarm; shorter than so many values is never long. */
const HELD_TIMES = 3;
const HELD_MIN = 7;

/** What is smaller than this part of the widest range is small, and what is smaller than that is nothing. */
const SMALL = 0.1;
const NOTHING = 0.001;

/** What lasts is told from what passes by three ticks. */
const LEVEL_LENGTH = 3;

/** What is short is told of the last half hour at most. A level that may be no more than a glitch counts for three. */
const SHORT = 30;

/** Steps from tick to tick are those of so many; a single one counts for so many usual ones at most. */
const STEPS = SHORT;
const STEP_MAX = 5;

/** What was large lately and is no more than this part of it now is over. */
const OVER = 0.5;

/** A third value that came less often than this may be a glitch: what has two values says little by them. */
const THIRDS = 8;

const LAST = 0;
const BEFORE = 1;
const SPIKE = 2;
const LOW = 3;
const HIGH = 4;
const HELD = 5;
const OTHER = 6;
const THIRD = 7;
const TICK = 8;
const STEP = 9;
const STEP_COUNT = 10;
const FAMILIAR = 11;
const SLOTS = 12;

/** What is judged of a tick; all its values were taken. */
export interface JudgedTick {
  readonly mean: number;
  readonly follows: boolean;
  /** How often values come. Units: milliseconds. */
  readonly interval: number;
}

/** The records of one series. */
export class Records {
  readonly #slots: Float64Array;
  readonly #spikes: RecentSize;
  readonly #width: RecentSize;
  readonly #hours: RecentSize;
  readonly #day: RecentSize;
  readonly #lasting: ShortMedian;
  readonly #usual: Readonly<Record<"held" | "spikes" | "width" | "steps" | "hours" | "day" | "level", PastRange>>;

  constructor(state: StateBlock) {
    this.#slots = state.doubles(SLOTS);
    this.#spikes = new RecentSize(state, "mean", { length: 10 });
    this.#width = new RecentSize(state, "mean", { length: 10 });
    this.#hours = new RecentSize(state, "spread", { length: 24, gather: 8 });
    this.#day = new RecentSize(state, "spread", { length: 24, gather: 60 });
    this.#lasting = new ShortMedian(state, LEVEL_LENGTH);
    const size = (known: number, unit: number, ends: "low" | "high") =>
      new PastRange(state, { known, measure: "varies", unit, of: "logarithms", ends });
    // What hangs on minutes is known soon; what hangs on days, and on weekends, only after a week.
    this.#usual = {
      held: new PastRange(state, {
        known: 2,
        measure: "fixed",
        unit: Math.log(HELD_TIMES) / ALARM_AT,
        of: "logarithms",
        ends: "high",
      }),
      spikes: size(3, TENTH, "high"),
      width: size(3, TENTH, "high"),
      steps: size(3, TENTH, "high"),
      hours: size(5, QUARTER, "low"),
      day: size(12, QUARTER, "low"),
      level: new PastRange(state, { known: 5, measure: "varies", unit: TENTH, of: "values", ends: "both" }),
    };
  }

  /** How much of a week is known, from 0 to 1. */
  get known(): number {
    return this.#usual.level.known;
  }

  /** Whether the level of the last half hour of ticks was beyond the week and as it was on two occasions before. */
  get isFamiliar(): boolean {
    return (this.#slots[FAMILIAR] as number) > 0;
  }

  /** Takes each value, `passed` after the one before. Units: milliseconds. */
  take(value: number, follows: boolean, passed: number): void {
    const slots = this.#slots;
    if (!follows) this.#begin(value);
    const last = slots[LAST] as number;
    const rise = last - (slots[BEFORE] as number);
    const fall = last - value;
    // One wild value between two others: an edge is none, however high.
    if (rise > 0 === fall > 0)
      slots[SPIKE] = Math.max(slots[SPIKE] as number, Math.min(Math.abs(rise), Math.abs(fall)));
    if (value === last) {
      slots[HELD] = (slots[HELD] as number) + passed;
    } else {
      slots[HELD] = 0;
      if (value !== slots[OTHER]) slots[THIRD] = Math.min((slots[THIRD] as number) + 1, THIRDS);
      slots[OTHER] = last;
    }
    slots[BEFORE] = last;
    slots[LAST] = value;
    if (value < (slots[LOW] as number)) slots[LOW] = value;
    if (value > (slots[HIGH] as number)) slots[HIGH] = value;
  }

  /** Ends a tick, whose values were all taken. Gives how far beyond its records the series is: 1 is an alarm. */
  judge(at: number, { mean, follows, interval }: JudgedTick): number {
    const slots = this.#slots;
    const usual = this.#usual;
    const lasting = this.#lasting.take(mean, follows);
    const familiar = usual.level.isFamiliar(lasting) ? SHORT : usual.level.isFamiliar(mean) ? LEVEL_LENGTH : 0;
    slots[FAMILIAR] = Math.max(familiar, (slots[FAMILIAR] as number) - 1);
    const level = usual.level.take(at, lasting);
    // By time: values that come more often are held for as long, and for more of them.
    const held = usual.held.take(at, Math.log(Math.max(slots[HELD] as number, HELD_MIN * interval, 1)));
    const spike = slots[SPIKE] as number;
    const width = (slots[HIGH] as number) - (slots[LOW] as number);
    const step = Math.abs(mean - (slots[TICK] as number));
    const young = 1 + YOUNG * (1 - this.known);
    // Larger than ever is told of what is short, smaller than ever of what is long: the other says little.
    const short = Math.max(
      weigh(usual.spikes, this.#judgeSize(usual.spikes, at, this.#spikes.take(spike, follows), spike), young),
      weigh(usual.width, this.#judgeSize(usual.width, at, this.#width.take(width, follows), width), young),
      weigh(usual.steps, this.#judgeSize(usual.steps, at, this.#takeStep(step, follows), step), young),
    );
    const units = Math.max(
      weigh(usual.held, held),
      weigh(usual.level, Math.abs(level) * (ALARM_AT / LEVEL_AT), young),
      // The edges of what a machine does seldom belong to it.
      this.isFamiliar ? Math.min(short, UNSURE) : short,
      weigh(usual.hours, -this.#judgeSize(usual.hours, at, this.#hours.take(mean, follows)), young),
      weigh(usual.day, -this.#judgeSize(usual.day, at, this.#day.take(mean, follows)), young),
    );
    slots[TICK] = mean;
    slots[SPIKE] = 0;
    slots[LOW] = slots[LAST] as number;
    slots[HIGH] = slots[LAST] as number;
    return ((slots[THIRD] as number) / THIRDS) * (Math.max(units, 0) / ALARM_AT);
  }

  /**
   * Sizes are judged by their logarithms, and only where they, or what they fell from, are not small; one that is of
   * the last while, only where it is as large `now`.
   */
  #judgeSize(usual: PastRange, at: number, size: number, now = size): number {
    const { widest } = this.#usual.level;
    if (!(widest > 0)) return 0;
    const small = Math.log(SMALL * widest);
    const logarithm = Math.log(Math.max(size, NOTHING * widest));
    const { low } = usual;
    const beyond = usual.take(at, logarithm);
    return now < OVER * size || (beyond > 0 ? logarithm : low) < small ? 0 : beyond;
  }

  /** Gives how far ticks lay from each other lately, quadratically; NaN after a gap. */
  #takeStep(step: number, follows: boolean): number {
    const slots = this.#slots;
    if (!follows) return Number.NaN;
    const before = slots[STEP] as number;
    const isKnown = slots[STEP_COUNT] === STEPS;
    const most = isKnown ? STEP_MAX * Math.max(Math.sqrt(before), NOTHING * this.#usual.level.widest) : step;
    const count = Math.min((slots[STEP_COUNT] as number) + 1, STEPS);
    slots[STEP_COUNT] = count;
    const square = before + (Math.min(step, most) ** 2 - before) / count;
    if (!(square < Number.POSITIVE_INFINITY)) return Number.NaN;
    slots[STEP] = square;
    return count < STEPS ? Number.NaN : Math.sqrt(square);
  }

  #begin(value: number): void {
    const slots = this.#slots;
    slots[LAST] = value;
    slots[BEFORE] = value;
    slots[LOW] = value;
    slots[HIGH] = value;
    slots[SPIKE] = 0;
    slots[HELD] = 0;
    slots[STEP_COUNT] = 0;
  }
}

/** What something beyond counts for, in units, in a series that is `young`. */
function weigh(usual: PastRange, beyond: number, young = 1): number {
  return usual.isSure && !usual.wasFamiliar ? beyond / young : Math.min(beyond / young, UNSURE);
}
