/** What a poll brings, of inputs that give several values of a point at once. */

import type { Input, PollOutcome } from "../../src/model/input.ts";

/** The values of each point of a poll, in their order. */
export function valuesOf(input: Input, { readings }: PollOutcome): Record<string, number[]> {
  const values: Record<string, number[]> = {};
  for (let row = 0; row < readings.count; row += 1) {
    const name = input.points[readings.point[row] ?? -1]?.name ?? "no such point";
    values[name] ??= [];
    values[name].push(readings.value[row] ?? Number.NaN);
  }
  return values;
}
