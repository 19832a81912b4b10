/** The real clock and the real chance. The only file that reads time or sets timers. */

import { type Clock, epochMillis, type MonotonicMillis, type Random } from "../model/time.ts";

/**
 * A wall clock before this moment was never set: no release of the gateway is older.
 *
 * Units: milliseconds since 1970.
 */
const PLAUSIBLE_FROM = Date.UTC(2026, 0, 1);

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => epochMillis(Date.now()),
  monotonic: () => performance.now() as MonotonicMillis,
  isTrusted: () => Date.now() >= PLAUSIBLE_FROM,
  after: (_name, delay, action) => {
    const handle = setTimeout(action, Math.max(0, delay));
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Chance that differs on every run. */
export const systemRandom: Random = { next: () => Math.random() };
