/** What an answer says of when to come again. */

import { type Millis, millis, seconds } from "../model/time.ts";

/**
 * Parses a `Retry-After` header; undefined when there is none that can be understood.
 *
 * A moment is taken relative to the answer's own `Date` header: the clock of a small board may be wrong, and that of
 * the intake is right by its own count.
 *
 * Shape: headers with lowercase names.
 * Source: RFC 9110, HTTP Semantics, 10.2.3.
 */
export function parseRetryAfter(headers: Readonly<Record<string, string>>): Millis | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  const delay = parseDelaySeconds(text);
  if (delay !== undefined) return delay;
  const wait = Date.parse(text) - Date.parse(headers["date"] ?? "");
  return Number.isNaN(wait) ? undefined : millis(Math.max(0, wait));
}

/** Parses a header that holds a whole number of seconds; undefined when it holds anything else. */
export function parseDelaySeconds(text: string | undefined): Millis | undefined {
  return text !== undefined && /^\s*\d{1,9}\s*$/u.test(text) ? seconds(Number(text)) : undefined;
}
