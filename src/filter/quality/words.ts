/** What the rules have found, in words for a person who has not slept. */

import type { DropReason } from "../../model/log.ts";
import type { Verdict } from "../../model/quality.ts";
import { formatSpan, type Millis } from "../../model/time.ts";

const WORDS: Readonly<Record<DropReason, string>> = {
  "out-of-range": "outside of its range",
  "not-a-number": "not a number",
  "impossible-step": "a step that no counter makes",
  "rate-of-change": "faster than it can change",
  spike: "single wild values",
  stuck: "without any change for too long",
  stale: "too old when they came",
  backpressure: "more than could be taken",
  "log-full": "more than the log could take",
  "series-limit": "of more series than are allowed",
};

/** The keys that say what is believed. */
const KEYS: Partial<Readonly<Record<DropReason, string>>> = {
  "out-of-range": "range",
  "impossible-step": "max_per_hour",
  "rate-of-change": "rate_max",
  spike: "spike",
  stuck: "stuck_after",
  stale: "stale_after",
};

/** Says of a reason what was wrong with the readings. */
export function describeReason(reason: DropReason): string {
  return WORDS[reason];
}

/** What goes on at a series for longer than a person should have to find out. */
export interface Doubt {
  /** What the readings are of. */
  readonly name: string;
  readonly reason: DropReason;
  readonly verdict: Verdict;
  readonly lasting: Millis;
}

/** So many are named; how many more there are is said. */
const NAMED_MAX = 3;

/** Says in one sentence of an instance what is wrong with its readings, and what to do. */
export function describeDoubts(doubts: readonly Doubt[]): string {
  const named = doubts.slice(0, NAMED_MAX).map(({ name, reason, verdict, lasting }) => {
    const done = verdict === "drop" ? "dropped" : "marked";
    return `${name}, ${describeReason(reason)}, for ${formatSpan(lasting)} (${done})`;
  });
  const more = doubts.length > named.length ? `; and ${doubts.length - named.length} more` : "";
  const keys = [...new Set(doubts.flatMap(({ reason }) => KEYS[reason] ?? []))].map((key) => `\`${key}\``);
  const otherwise = keys.length === 0 ? "" : `; if the readings are right, give ${keys.join(" and ")} more room`;
  return `readings are not believed: ${named.join("; ")}${more}. Look at the sensor and its wiring${otherwise}.`;
}
