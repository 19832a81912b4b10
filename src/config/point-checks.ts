/** What is checked of every point, wherever it is read. */

import type { ConfigProblem } from "../model/config.ts";
import { METRICS, machineMetricOf } from "../model/metrics.ts";
import { isUnit, unitFactor, unitsLike } from "../model/units.ts";
import { didYouMean } from "./did-you-mean.ts";
import { type Complaint, problemAt } from "./problems.ts";
import type { SharedPointKeys } from "./profile-fields.ts";
import type { LayerKeys, ProfileLayers } from "./profile-layers.ts";

/** Objects to a key of the point, or to the point as a whole. */
export type Complain<Keys = SharedPointKeys> = (key: keyof Keys | undefined, complaint: Complaint) => void;

/** Objects to what the most particular file says of a point. */
export function complainAbout(
  layers: ProfileLayers<LayerKeys>,
  name: string,
  problems: ConfigProblem[],
): (key: string | undefined, complaint: Complaint) => void {
  return (key, complaint) => {
    const path = key === undefined ? ["points", name] : ["points", name, key];
    const file = layers.fileWith(path);
    if (file !== undefined) problems.push(problemAt(file, path, complaint, key === undefined ? "key" : "value"));
  };
}

/** Holds a metric against the catalogue, and the unit against the metric. */
export function checkMetric(name: string, unit: string, complain: Complain): void {
  const metric = machineMetricOf(name);
  if (metric === undefined) {
    const near = didYouMean(name, Object.keys(METRICS));
    const hint =
      near === undefined
        ? "Choose one of those whose unit fits; phases, sides and parts are tags."
        : `Did you mean ${near}?`;
    complain("metric", { found: `"${name}"`, expected: "a metric of the catalogue", hint });
    return;
  }
  if (unitFactor(unit, metric.unit) !== undefined) return;
  const fitting = unitsLike(metric.unit);
  const expected = metric.unit === "" ? `no unit, because ${name} has none` : `a unit that ${name} can be kept in`;
  const near = didYouMean(unit, fitting);
  const hint =
    metric.unit === "" ? "Delete the line." : `One of ${fitting.join(", ")}.${near ? ` Did you mean ${near}?` : ""}`;
  if (unit === "") complain(undefined, { found: "no unit", expected, hint });
  else complain("unit", { found: isUnit(unit) ? unit : `"${unit}"`, expected, hint });
}

/** Holds the params that a point names against those of its profile. */
export function checkParams(names: readonly string[], params: readonly string[], complain: Complain): void {
  const unknown = names.find((name) => !params.includes(name));
  if (unknown === undefined) return;
  const near = didYouMean(unknown, params);
  const hint =
    near === undefined
      ? `Add it to the params of the profile: \`${unknown}: { default: 1, doc: ... }\`.`
      : `Did you mean ${near}?`;
  complain("scale_by", { found: `"${unknown}"`, expected: "a param of the profile", hint });
}
