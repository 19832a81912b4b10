import type { EpochMillis, Millis } from "../../model/time.ts";

/**
 * The rule `stale_after`: says whether a sample is older than that when it comes. Without a clock that is right (`now`
 * undefined) nobody knows. Units: `at` in milliseconds since 1970.
 */
export function isStale(at: number, staleAfter: Millis, now: EpochMillis | undefined): boolean {
  return now !== undefined && now - at > staleAfter;
}
