/**
 * When to try an intake again, as pure functions of how often it failed and of one draw of chance.
 *
 * Every delay has jitter, the longest ones too: after an outage of the intake, a whole plant of gateways would
 * otherwise knock in step. A success takes two failures off the count rather than all, so that an intake that comes
 * and goes is not met with full force each time.
 */

import { type Millis, millis, seconds } from "../model/time.ts";

/** Failures beyond this count change nothing. */
export const FAILURE_COUNT_MAX = 5;

const BACKOFF_BASE = seconds(2);
const BACKOFF_MAX = seconds(64);
const KNOCK_BASE = seconds(30);
const KNOCK_MAX = seconds(300);

/** What an intake asks for is honoured up to here; a wish for a day is a mistake of someone's clock. */
const ASKED_MAX = seconds(600);

/** Counts one failure more. */
export function failuresAfterFailure(failures: number): number {
  return Math.min(failures + 1, FAILURE_COUNT_MAX);
}

/** Counts failures after a success. */
export function failuresAfterSuccess(failures: number): number {
  return Math.max(failures - 2, 0);
}

/**
 * Gives the wait before the next try: 2 to 4 s after the first failure, doubling up to 32 to 64 s.
 *
 * An intake that `asked` for more gets it, and up to 2 s on top so that not everyone it asked comes at once.
 *
 * Units: `draw` is in [0, 1).
 */
export function retryDelay(failures: number, draw: number, asked?: Millis): Millis {
  const backoff = jittered(Math.min(BACKOFF_BASE * 2 ** failures, BACKOFF_MAX), draw);
  if (asked === undefined) return backoff;
  return millis(Math.max(backoff, Math.min(asked, ASKED_MAX) + BACKOFF_BASE * draw));
}

/**
 * Gives the wait before knocking at an intake that needs a person: 30 to 60 s at first, up to 2.5 to 5 minutes.
 *
 * Units: `draw` is in [0, 1).
 */
export function knockDelay(failures: number, draw: number): Millis {
  return jittered(Math.min(KNOCK_BASE * 2 ** failures, KNOCK_MAX), draw);
}

function jittered(longest: number, draw: number): Millis {
  return millis((longest * (1 + draw)) / 2);
}
