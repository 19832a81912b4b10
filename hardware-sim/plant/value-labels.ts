import type { ValueStatus } from "../../src/model/status.ts";

/**
 * Names each value of a machine by its metric and, where several share one, by the tags that tell them apart: three
 * voltages become `voltage l1`, `voltage l2`, `voltage l3`.
 *
 * Shape: one label for each value, in order.
 */
export function valueLabels(values: readonly ValueStatus[]): readonly string[] {
  const byMetric = Map.groupBy(values, (value) => value.metric);
  const labels = values.map((value) => labelIn(byMetric.get(value.metric) ?? [], value, false));
  return values.map((value, index) => {
    const isShared = labels.some((label, other) => label === labels[index] && other !== index);
    return isShared ? labelIn(byMetric.get(value.metric) ?? [], value, true) : (labels[index] ?? "");
  });
}

/** The tag `point` names every value, so it helps only where no other tag does. */
function labelIn(group: readonly ValueStatus[], value: ValueStatus, withPoint: boolean): string {
  const differing = value.tags.filter((tag) => !group.every((other) => other.tags.includes(tag)));
  const telling = differing.filter((tag) => withPoint || !tag.startsWith("point:"));
  return [value.metric, ...telling.map((tag) => tag.slice(tag.indexOf(":") + 1))].join(" ");
}
