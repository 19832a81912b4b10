/** The real clock and the real chance. The only file that reads time or sets timers. */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ClockPolicy } from "../model/config.ts";
import { type Clock, epochMillis, type MonotonicMillis, type Random, type Timer } from "../model/time.ts";
import { lookAtClock } from "./clock-evidence.ts";
import { TrustWatch } from "./clock-trust.ts";
import { ToldTime } from "./told-time.ts";
import { joinTrust, type TeachableClock } from "./trusted-clock.ts";

/**
 * What `performance.now` leaves out: the time from the start of the machine to the start of this process. Both read
 * CLOCK_MONOTONIC, which every process of a boot shares, and which a clock that is set does not move. It stands still
 * while the machine sleeps.
 *
 * Units: milliseconds.
 */
const STARTED_AFTER = Number(process.hrtime.bigint()) / 1e6 - performance.now();

const BOOT_ID = readBootId();

/**
 * Shorter delays than this are kept to a tenth of a millisecond: the silences of serial lines are made of fractions.
 * The timers of Node are up to a millisecond early, or late.
 */
const FINE_DELAY_MS_MAX = 5;

/** By how much a timer of whole milliseconds is late on a machine that is not busy. */
const TIMER_LATE_MS_MAX = 0.5;

/** The clock of this machine, for what stamps nothing: its date is believed. `openSystemClock` looks closer. */
export const systemClock: Clock = {
  now: () => epochMillis(Date.now()),
  monotonic: () => (STARTED_AFTER + performance.now()) as MonotonicMillis,
  bootId: () => BOOT_ID,
  isTrusted: () => true,
  trustBasis: () => "nobody looked",
  after: (_name, delay, action) => {
    if (delay > 0 && delay < FINE_DELAY_MS_MAX) return startFineTimer(delay, action);
    const handle = setTimeout(action, Math.max(0, delay));
    return { cancel: () => clearTimeout(handle) };
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

/** Sleeps while that is sure not to be too long, and then looks at the clock in every turn of the event loop. */
function startFineTimer(delay: number, action: () => void): Timer {
  const due = performance.now() + delay;
  let handle: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const look = (): void => {
    if (performance.now() >= due) action();
    else turn = setImmediate(look);
  };
  const sleep = Math.floor(delay - TIMER_LATE_MS_MAX);
  if (sleep >= 1) handle = setTimeout(look, sleep);
  else turn = setImmediate(look);
  return {
    cancel: () => {
      clearTimeout(handle);
      clearImmediate(turn);
    },
  };
}

/** Opens the clock of this machine with a watch on whether it can be believed, which ends when it is disposed of. */
export async function openSystemClock(policy: ClockPolicy): Promise<TeachableClock & Disposable> {
  const watch = await TrustWatch.open(systemClock, policy, lookAtClock);
  return { ...joinTrust(systemClock, () => watch.trust(), new ToldTime()), [Symbol.dispose]: () => watch.close() };
}

/** Zones change where a quarter of an hour begins. */
const QUARTER_MS = 900_000;

let zoneQuarter = Number.NaN;
let zoneOffset = 0;

/**
 * Gives what to add to a moment to have the wall clock of this place, daylight saving included.
 *
 * Units: milliseconds.
 */
export function localZoneOffset(at: number): number {
  const quarter = Math.floor(at / QUARTER_MS);
  if (quarter === zoneQuarter) return zoneOffset;
  zoneQuarter = quarter;
  zoneOffset = -60_000 * new Date(at).getTimezoneOffset();
  return zoneOffset;
}

/** Chance that differs on every run. */
export const systemRandom: Random = { next: () => Math.random() };

/** Where the system does not say, a process is a boot of its own: nothing is then compared across restarts. */
function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return randomUUID();
  }
}
