/** Moments and spans of time in the tables of `tidegate log`. */

/** Writes a moment to the minute. Units: milliseconds since 1970 in. */
export function formatMinute(at: number): string {
  return `${new Date(at).toISOString().replace("T", " ").slice(0, 16)} UTC`;
}

/** Writes a moment to the second. Units: milliseconds since 1970 in. */
export function formatSecond(at: number): string {
  return `${new Date(at).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}

/** Writes from when to when something was, to the second. Units: milliseconds since 1970 in. */
export function formatSpan(from: number | null, to: number | null): string {
  if (from === null && to === null) return "nobody knows from when";
  const at = (moment: number | null): string =>
    moment === null ? "the end" : new Date(moment).toISOString().replace("T", " ").slice(0, 19);
  return `${from === null ? "the beginning" : at(from)} to ${at(to)} UTC`;
}
