/**
 * What goes beyond all of the last week by a good part of what was ordinary in it: levels, spikes, swings, stillness,
 * values that stay as they are. It does not ask how rare something is, but how much wider the ordinary would become.
 */

import { PastRange } from "./past-range.ts";
import { RelativeSize } from "./relative-size.ts";
import type { StateBlock } from "./state-block.ts";

/** A logarithm that is wider than this is ordinary in anything. */
const WIDTH_MIN = Math.log(2);

/** So many times as long as ever without a change; shorter than so many values is never long. */
const HELD_TIMES = 3;
const HELD_MIN = 7;

/** What hangs on minutes is known after so many half days; what hangs on days, and on weekends, after more. */
const SOON = 5;
const LATE = 12;

/** How many widths beyond the range are an alarm. */
const ALARM_AT = { spikes: 0.6, width: 1 / 3, unrest: 0.6, stillness: 0.9, level: 0.85 };

const LAST = 0;
const BEFORE = 1;
const SPIKE = 2;
const LOW = 3;
const HIGH = 4;
const HELD = 5;
const SLOTS = 6;

/** The records of one series. */
export class Records {
  readonly #slots: Float64Array;
  readonly #spikes: RelativeSize;
  readonly #width: RelativeSize;
  readonly #unrest: RelativeSize;
  readonly #stillness: RelativeSize;
  readonly #usual: Readonly<Record<keyof typeof ALARM_AT | "held", PastRange>>;

  constructor(state: StateBlock) {
    this.#slots = state.doubles(SLOTS);
    this.#spikes = new RelativeSize(state, "mean", { length: 10 });
    this.#width = new RelativeSize(state, "mean", { length: 10 });
    this.#unrest = new RelativeSize(state, "spread", { length: 24 });
    this.#stillness = new RelativeSize(state, "spread", { length: 24, gather: 8 });
    this.#usual = {
      held: new PastRange(state, { known: SOON, unit: Math.log(HELD_TIMES) }),
      spikes: new PastRange(state, { known: SOON, unitMin: WIDTH_MIN }),
      width: new PastRange(state, { known: LATE, unitMin: WIDTH_MIN }),
      unrest: new PastRange(state, { known: LATE, unitMin: WIDTH_MIN }),
      stillness: new PastRange(state, { known: LATE, unitMin: WIDTH_MIN }),
      level: new PastRange(state, { known: LATE }),
    };
  }

  /** How much of the past is known: less than 1 in the first week. */
  get known(): number {
    return this.#usual.level.known;
  }

  /** Takes each value. */
  take(value: number, follows: boolean): void {
    const slots = this.#slots;
    if (!follows) {
      slots.fill(value);
      slots[SPIKE] = 0;
      slots[HELD] = 0;
    }
    const last = slots[LAST] as number;
    const rise = last - (slots[BEFORE] as number);
    const fall = last - value;
    // One wild value between two others: an edge is none, however high.
    if (rise > 0 === fall > 0)
      slots[SPIKE] = Math.max(slots[SPIKE] as number, Math.min(Math.abs(rise), Math.abs(fall)));
    slots[HELD] = value === last ? (slots[HELD] as number) + 1 : 0;
    slots[BEFORE] = last;
    slots[LAST] = value;
    if (value < (slots[LOW] as number)) slots[LOW] = value;
    if (value > (slots[HIGH] as number)) slots[HIGH] = value;
  }

  /**
   * Ends a tick, whose values were all taken. Gives how far beyond its records the series is: 1 is an alarm. Of what
   * takes on few values (`variety`, 0 to 1) a new one says little.
   */
  judge(at: number, tick: { mean: number; median: number; follows: boolean; variety: number }): number {
    const { mean, median, follows, variety } = tick;
    const slots = this.#slots;
    const usual = this.#usual;
    const held = usual.held.take(at, Math.log(Math.max(slots[HELD] as number, HELD_MIN)));
    const spikes = usual.spikes.take(at, this.#spikes.take(slots[SPIKE] as number, follows));
    const width = usual.width.take(at, this.#width.take((slots[HIGH] as number) - (slots[LOW] as number), follows));
    const unrest = usual.unrest.take(at, this.#unrest.take(mean, follows));
    const stillness = usual.stillness.take(at, this.#stillness.take(mean, follows));
    const far = usual.level.take(at, median);
    slots[SPIKE] = 0;
    slots[LOW] = slots[LAST] as number;
    slots[HIGH] = slots[LAST] as number;
    return Math.max(
      held * variety,
      spikes / ALARM_AT.spikes,
      width / ALARM_AT.width,
      Math.abs(unrest) / ALARM_AT.unrest,
      Math.abs(stillness) / ALARM_AT.stillness,
      (Math.abs(far) / ALARM_AT.level) * variety,
    );
  }
}
