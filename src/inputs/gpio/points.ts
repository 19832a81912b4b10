import type { InputPoint } from "../../model/input.ts";
import { METRICS } from "../../model/metrics.ts";
import { unitFactor } from "../../model/units.ts";
import { type GpioSettings, MEASURES, type Measure, rateMetricOf } from "./spec.ts";

/** A point of a line, with what it tells. */
export interface LinePoint extends InputPoint {
  readonly measure: Measure;
}

/** Names of the points, which become the tag `point`. */
const NAMES: Readonly<Record<Measure, string>> = {
  state: "state",
  pulses: "total",
  rate: "rate",
  frequency: "frequency",
  rpm: "rotation",
  duty: "duty",
  on_time: "on-time",
  missed: "missed",
};

/** The points of an instance, in the order of `MEASURES`. */
export function pointsOf(settings: GpioSettings): readonly LinePoint[] {
  return MEASURES.filter((measure) => settings.measure.includes(measure)).map((measure) => {
    const metric = metricOfMeasure(measure, settings);
    const own = METRICS[metric]?.unit ?? "";
    const unit = measure === "pulses" ? (settings.unit ?? own) : own;
    return { measure, name: NAMES[measure], metric, unit, tags: [] };
  });
}

/** What `rate` is in its metric's unit at one pulse in a second: 3600 of a volume in an hour, say. Units: none. */
export function rateFactorOf({ metric = "", unit, pulses_per_unit }: GpioSettings): number {
  const own = METRICS[metric]?.unit ?? "";
  return (3600 * (unitFactor(unit ?? own, own) ?? 1)) / pulses_per_unit;
}

function metricOfMeasure(measure: Measure, { metric }: GpioSettings): string {
  const course = metric === undefined ? undefined : METRICS[metric]?.course;
  switch (measure) {
    case "state":
      return course === "state" ? (metric ?? "") : "digital.state";
    case "pulses":
      return course === "total" ? (metric ?? "") : "pulse.count";
    case "rate":
      return rateMetricOf(metric) ?? "pulse.frequency";
    case "frequency":
      return "pulse.frequency";
    case "rpm":
      return "speed.rotation";
    case "duty":
      return "digital.duty";
    case "on_time":
      return metric === "machine.running" ? "machine.uptime" : "digital.active";
    case "missed":
      return "pulse.missed";
  }
}
