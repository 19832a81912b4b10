/** Values as a device's display has them, and the names of states beside their numbers. */

import type { ValueStatus } from "../model/status.ts";

type NamedValue = Pick<ValueStatus, "metric" | "tags">;

/** Names the point a value was read from: by its tag, or, where it has none, by its metric and tags. */
export function pointOf(value: NamedValue): string {
  return pointTagOf(value) ?? [value.metric, ...ownTagsOf(value)].join(" ");
}

/** Names a point where its metric stands beside it. */
export function pointBesideMetric(value: NamedValue): string {
  return pointTagOf(value) ?? (ownTagsOf(value).join(" ") || "-");
}

/** Names a series by its metric and its point; by the metric alone where the point says the same, or nothing. */
export function metricAndPoint(value: NamedValue, between: string): string {
  const point = pointBesideMetric(value);
  return point === "-" || point === value.metric ? value.metric : `${value.metric}${between}${point}`;
}

/** Names a point in few letters; of a metric the end tells the most. */
export function pointInShort(value: NamedValue): string {
  const words = ownTagsOf(value).map((tag) => tag.slice(tag.indexOf(":") + 1));
  return pointTagOf(value) ?? [...words, value.metric.split(".").slice(-2).join(".")].join(" ");
}

function pointTagOf({ tags }: NamedValue): string | undefined {
  return tags.find((tag) => tag.startsWith("point:"))?.slice("point:".length);
}

/** Tags but those that every value of the instance has. */
function ownTagsOf({ tags }: NamedValue): readonly string[] {
  return tags.filter((tag) => !/^(check|instance):/u.test(tag));
}

/** Writes a value with what a display would show of it: at most 7 digits, whole numbers whole. Units: as given. */
export function formatValue(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(7)));
}

/** Puts the name of a state behind its number, where it has one. */
export function formatStated(value: string, state: string | undefined): string {
  return state === undefined ? value : `${value} (${state})`;
}

/** Says of the points whose number has a name which state they are in, a line each. */
export function formatStates(values: readonly ValueStatus[]): readonly string[] {
  return values
    .filter(({ state }) => state !== undefined)
    .map((value) => `State: ${pointOf(value)} ${formatStated(formatValue(value.value), value.state)}`);
}
