/**
 * When an instance polls.
 *
 * - Due moments lie on the monotonic clock, one interval apart; a poll that overruns leaves out the moments it missed,
 *   counted, and never runs twice in a row to catch up.
 * - Where the interval is whole seconds, due moments are phased to the middle of a wall second. An intake that keeps
 *   one value per series and second then sees each poll of a 1 Hz instance in a second of its own, whatever the
 *   jitter. The phase is taken anew each time, so a slewed wall clock is followed within one interval.
 */

import type { Clock, Millis, MonotonicMillis } from "../model/time.ts";

const SECOND = 1000;
const MID_SECOND = 500;

/** A moment to poll at, and how many before it were missed. */
export interface Due {
  readonly at: MonotonicMillis;
  readonly missed: number;
}

/** The first moment to poll: at once, or at the next middle of a second. */
export function firstDue(clock: Clock, interval: Millis): MonotonicMillis {
  const now = clock.monotonic();
  const phase = phaseError(clock, now, interval);
  return (phase <= 0 ? now - phase : now - phase + SECOND) as MonotonicMillis;
}

/** The moment after `previous`, which was polled at or after its due moment. */
export function nextDue(clock: Clock, interval: Millis, previous: MonotonicMillis): Due {
  const now = clock.monotonic();
  const missed = Math.max(0, Math.floor((now - previous) / interval));
  const next = (previous + (missed + 1) * interval) as MonotonicMillis;
  const aligned = next - phaseError(clock, next, interval);
  return { at: Math.max(aligned, now) as MonotonicMillis, missed };
}

/** How far a moment is past the nearest middle of a wall second: -500 to 500; 0 where phase does not matter. */
function phaseError(clock: Clock, at: MonotonicMillis, interval: Millis): number {
  if (interval % SECOND !== 0) return 0;
  const wall = clock.now() + (at - clock.monotonic());
  return Math.round((((wall % SECOND) + SECOND) % SECOND) - MID_SECOND);
}
