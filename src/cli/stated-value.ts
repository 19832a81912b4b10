/** Values as a device's display has them, and the names of states beside their numbers. */

import type { ValueStatus } from "../model/status.ts";

/** Names the point a value was read from: by its tag, or, where it has none, by all tags but the instance's own. */
export function pointOf({ tags }: Pick<ValueStatus, "tags">): string {
  const name = tags.find((tag) => tag.startsWith("point:"))?.slice("point:".length);
  return name ?? tags.filter((tag) => !/^(check|instance):/u.test(tag)).join(" ");
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
    .map((value) => `State: ${pointOf(value) || value.metric} ${formatStated(formatValue(value.value), value.state)}`);
}
