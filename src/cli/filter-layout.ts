/** What `status` prints of detectors: what they watch, what they still learn, and what is odd now. */

import type { FilterStatus, OddStatus } from "../model/status.ts";
import { formatAge, formatCount } from "./quantities.ts";
import { formatValue, pointBesideMetric } from "./stated-value.ts";

/** So many are shown; how many more there are is said. */
const SHOWN_MAX = 5;

/** Lays it out, the worst first; nothing where no detector watches. Units: `now` milliseconds since 1970. */
export function formatFilter(filter: FilterStatus | undefined, now: number): readonly string[] {
  if (filter === undefined) return [];
  const { watched, learning, learning_left_s: left, odd, worst } = filter;
  const learns =
    learning === watched ? "all learn" : `${formatCount(learning)} of them ${learning === 1 ? "learns" : "learn"}`;
  const until =
    left === null
      ? ""
      : `, ${learns} still for about ${formatAge(1000 * left)}, and are called odd only beyond a threshold`;
  const more = odd - Math.min(worst.length, SHOWN_MAX);
  return [
    `Watched By Detectors: ${formatCount(watched)} series${until}`,
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
  const how = worst.is_beyond_threshold ? "beyond its threshold" : "odd";
  return `${nameOf(worst, " of ")} is ${how}, for ${formatAge(now - worst.since)}${others}`;
}

function formatOdd(each: OddStatus, now: number): readonly string[] {
  const { unit, since, score, value, at, expected, is_beyond_threshold: isBeyond } = each;
  const measured = (number: number): string => `${formatValue(number)} ${unit}`.trim();
  const range = expected === null ? "" : `, expected ${formatValue(expected.low)} to ${measured(expected.high)}`;
  return [
    `  ${nameOf(each, " ")}: for ${formatAge(now - since)}${isBeyond ? ", beyond its threshold" : ""}`,
    `    furthest out ${measured(value)}, ${formatAge(now - at)} ago${range}; score ${score.toFixed(2)}`,
  ];
}

/** Names a series by its metric and its point; by the metric alone where the point says the same, or nothing. */
function nameOf(each: OddStatus, between: string): string {
  const point = pointBesideMetric(each);
  return point === "-" || point === each.metric ? each.metric : `${each.metric}${between}${point}`;
}
