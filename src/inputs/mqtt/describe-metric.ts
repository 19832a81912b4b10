/** What the topics of an instance say of a metric before any message has come. */

import type { InputPoint } from "../../model/input.ts";
import type { MqttSettings } from "./spec.ts";

/**
 * Gives the unit of a metric and the names of its values, where `topics` name the metric as it is; where several do,
 * and say different things of it, nobody knows which is meant.
 */
export function describeMetric({ topics }: MqttSettings, metric: string): Partial<Pick<InputPoint, "unit" | "states">> {
  const meant = topics
    .flatMap(({ metric: own, unit, states, fields = [] }) => [{ metric: own, unit, states }, ...fields])
    .filter((each) => each.metric === metric);
  const [first] = meant;
  if (first === undefined) return {};
  const { unit, states } = first;
  const isSure = meant.every((each) => each.unit === unit && (each.states === undefined) === (states === undefined));
  if (!isSure) return {};
  return { ...(unit === undefined ? {} : { unit }), ...(states === undefined ? {} : { states }) };
}
