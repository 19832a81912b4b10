/** What `status` prints of detectors: what they watch, what they still learn, and what is odd now. */

import { formatScore } from "../filter/marking/stretch-words.ts";
import type { FilterStatus, OddStatus } from "../model/status.ts";
import { formatAge, formatCount } from "./quantities.ts";
import { formatValue, metricAndPoint } from "./stated-value.ts";

/** So many are shown; how many more there are is said. */
const SHOWN_MAX = 5;

/** What was odd so lately is odd now. Units: milliseconds. */
const RECENT = 10_000;

/** Lays it out, the worst first; nothing where no detector watches. Units: `now` milliseconds since 1970. */
export function formatFilter(filter: FilterStatus | undefined, now: number): readonly string[] {
  if (filter === undefined) return [];
  const { watched, learning, learning_left_s: left, odd, worst } = filter;
  const who =
    learning === watched ? "all learn" : `${formatCount(learning)} of them ${learning === 1 ? "learns" : "learn"}`;
  const more = odd - Math.min(worst.length, SHOWN_MAX);
  return [
    `Watched By Detectors: ${formatCount(watched)} series`,
    ...(left === null ? [] : [`  ${who} for about ${formatAge(1000 * left)} more, odd only beyond a threshold`]),
    odd === 0 ? "Odd Now: nothing" : `Odd Now: ${formatCount(odd)} series`,
    ...worst.slice(0, SHOWN_MAX).flatMap((each) => formatOdd(each, now)),
    ...(more > 0 ? [`  and ${formatCount(more)} more, with lower scores`] : []),
  ];
}

/** Says in a sentence what is odd of an instance; undefined where nothing is. */
export function describeOddity(filter: FilterStatus | undefined, now: number): string | undefined {
  const [worst] = filter?.worst ?? [];
  if (filter === undefined || worst === undefined) return undefined;
  const others = filter.odd > 1 ? `, and ${formatCount(filter.odd - 1)} more` : "";
  const how = worst.is_beyond_threshold ? describeThreshold(worst) : "odd";
  return `${metricAndPoint(worst, " of ")} is ${how}, for ${formatAge(now - worst.since)}${others}`;
}

function formatOdd(each: OddStatus, now: number): readonly string[] {
  const { unit, since, score, value, at, expected, is_beyond_threshold: isBeyond, last_odd_at: lastAt } = each;
  const range = expected === null ? "" : `, expected ${formatValue(expected.low)} to ${measured(expected.high, unit)}`;
  const how = isBeyond ? `, ${describeThreshold(each)}` : "";
  const last = now - lastAt < RECENT ? "" : `; last odd ${formatAge(now - lastAt)} ago`;
  return [
    `  ${metricAndPoint(each, " ")}: for ${formatAge(now - since)}${how}${last}`,
    `    furthest out ${measured(value, unit)}, ${formatAge(now - at)} ago${range}; score ${formatScore(score)}`,
  ];
}

/** Says which end is crossed; of a value that was furthest out before the threshold was, nothing says it. */
function describeThreshold({ value, unit, threshold }: OddStatus): string {
  const { low, high } = threshold ?? { low: null, high: null };
  const crossed = high !== null && value > high ? high : low !== null && value < low ? low : undefined;
  return `beyond its threshold${crossed === undefined ? "" : ` of ${measured(crossed, unit)}`}`;
}

function measured(value: number, unit: string): string {
  return `${formatValue(value)} ${unit}`.trim();
}
