/** Counts what an uplink has carried, and refuses what its budget does not. */

import type { BudgetConfig } from "../../model/config.ts";
import type { Spent } from "../../model/log.ts";
import type { Clock } from "../../model/time.ts";
import { type Periods, periodsAt } from "./calendar.ts";

/** The part of a budget that is kept for alarms and notes. */
export const RESERVE = 0.05;

/** A clock that was further ahead than this was wrong, and what it counted is not of any day to come. */
const AHEAD_MS_MAX = 2 * 86_400_000;

/** What is left of a period. Units: bytes, milliseconds. */
export interface PeriodLeft {
  readonly name: "day" | "month";
  readonly bytes: number;
  readonly reserve: number;
  readonly span: number;
}

/** The meter of one uplink. */
export class Meter {
  readonly #budget: BudgetConfig;
  readonly #clock: Clock;
  #spent: Spent;
  #saved: Spent | undefined;

  /** Goes on from what was spent `before`. */
  constructor(budget: BudgetConfig, clock: Clock, before: Spent | undefined) {
    this.#budget = budget;
    this.#clock = clock;
    this.#saved = before;
    this.#spent = before ?? { ...periodsAt(clock.now(), budget.monthStarts), dayBytes: 0, monthBytes: 0 };
  }

  /** What was carried in the day and the month of now. */
  get spent(): Spent {
    this.#roll();
    const { dayAt, dayBytes, monthAt, monthBytes } = this.#spent;
    return { dayAt, dayBytes, monthAt, monthBytes };
  }

  /** What is not known yet to whoever keeps it. Units: bytes. */
  get unsavedBytes(): number {
    const { monthAt, monthBytes } = this.spent;
    return this.#saved?.monthAt === monthAt ? monthBytes - this.#saved.monthBytes : monthBytes;
  }

  /** What is to be kept; it counts as kept from now on. */
  toSave(): Spent {
    this.#saved = this.spent;
    return this.#saved;
  }

  /** What is left of each period that has a limit; nothing where there is none. */
  left(): readonly PeriodLeft[] {
    const { dayBytes, monthBytes } = this.spent;
    const { dayBytesMax, monthBytesMax } = this.#budget;
    const { dayEnd, monthEnd } = this.#periods();
    const now = this.#clock.now();
    const left = (name: PeriodLeft["name"], max: number | undefined, used: number, end: number): PeriodLeft[] =>
      max === undefined ? [] : [{ name, bytes: max - used, reserve: max * RESERVE, span: Math.max(0, end - now) }];
    return [...left("day", dayBytesMax, dayBytes, dayEnd), ...left("month", monthBytesMax, monthBytes, monthEnd)];
  }

  /** Whether the budget carries so much; all but alarms and notes leave its reserve alone. */
  carries(bytes: number, isOfReserve: boolean): boolean {
    return this.left().every((period) => bytes <= period.bytes - (isOfReserve ? 0 : period.reserve));
  }

  /** Counts what is sent. */
  charge(bytes: number): void {
    const { dayAt, dayBytes, monthAt, monthBytes } = this.spent;
    this.#spent = { dayAt, dayBytes: dayBytes + bytes, monthAt, monthBytes: monthBytes + bytes };
  }

  /** Begins a new day or month. A clock that is not right tells of neither, nor does one that is put back a little. */
  #roll(): void {
    if (!this.#clock.isTrusted()) return;
    const { dayAt, monthAt } = this.#periods();
    const { dayAt: dayBefore, dayBytes, monthAt: monthBefore, monthBytes } = this.#spent;
    const latest = this.#clock.now() + AHEAD_MS_MAX;
    const isNew = (at: number, before: number): boolean => at > before || before > latest;
    const isNewDay = isNew(dayAt, dayBefore);
    const isNewMonth = isNew(monthAt, monthBefore);
    if (!isNewDay && !isNewMonth) return;
    this.#spent = {
      dayAt: isNewDay ? dayAt : dayBefore,
      dayBytes: isNewDay ? 0 : dayBytes,
      monthAt: isNewMonth ? monthAt : monthBefore,
      monthBytes: isNewMonth ? 0 : monthBytes,
    };
  }

  #periods(): Periods {
    return periodsAt(this.#clock.now(), this.#budget.monthStarts);
  }
}
