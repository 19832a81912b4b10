/**
 * Days, months and windows of a metered uplink, all in UTC: they mean the same on every box, none of them is an hour
 * short or long, and a box that is told another time zone spends nothing twice.
 */

import type { MeteringConfig, TimeWindow } from "../../model/config.ts";

const DAY_MS = 86_400_000;

/** A day and a month. Units: milliseconds since 1970; each ends where the next begins. */
export interface Periods {
  readonly dayAt: number;
  readonly dayEnd: number;
  readonly monthAt: number;
  readonly monthEnd: number;
}

/** Finds the day and the month that a moment lies in; months begin with `monthStarts`, from 1 to 28. */
export function periodsAt(now: number, monthStarts: number): Periods {
  const dayAt = Math.floor(now / DAY_MS) * DAY_MS;
  const date = new Date(now);
  const first = date.getUTCDate() >= monthStarts ? date.getUTCMonth() : date.getUTCMonth() - 1;
  return {
    dayAt,
    dayEnd: dayAt + DAY_MS,
    monthAt: Math.max(0, Date.UTC(date.getUTCFullYear(), first, monthStarts)),
    monthEnd: Date.UTC(date.getUTCFullYear(), first + 1, monthStarts),
  };
}

/** The wait until a window is open; 0 within one, and where there are none. Units: milliseconds since 1970 in. */
export function windowOpensIn(now: number, windows: MeteringConfig["schedule"]): number {
  if (windows.length === 0) return 0;
  const time = ((now % DAY_MS) + DAY_MS) % DAY_MS;
  return Math.min(...windows.map((window) => opensIn(time, window)));
}

/** A window that ends before it begins goes over midnight. Units: milliseconds since midnight in. */
function opensIn(time: number, { from, to }: TimeWindow): number {
  const isOpen = from <= to ? time >= from && time < to : time >= from || time < to;
  if (isOpen) return 0;
  return from > time ? from - time : from + DAY_MS - time;
}
