/** The rules that the samples of a point are held against, in the canonical unit of its metric. */

import { scaleDecimal } from "../decode/scale.ts";
import { matchesGlob } from "../model/glob.ts";
import type { InputPoint } from "../model/input.ts";
import { courseOfSeries } from "../model/metrics.ts";
import { DEFAULT_VERDICTS, type MetricQuality, type QualityRules, type SeriesQuality } from "../model/quality.ts";
import { canonicalFactor } from "./to-samples.ts";

/** Gives the rules of a point: its own, or the first of its instance whose metrics fit; undefined where none do. */
export function canonicalQuality(
  point: InputPoint,
  ofMetrics: readonly MetricQuality[] = [],
): SeriesQuality | undefined {
  const listed = ofMetrics.find(({ metrics }) => metrics.some((glob) => matchesGlob(glob, point.metric)));
  const rules = point.quality ?? (listed === undefined ? {} : withoutMotion(listed, point));
  const { verdicts, rateMax, spike, stuckAfter, staleAfter } = rules;
  const range = rules.range ?? point.range;
  if (range === undefined && [rateMax, spike, stuckAfter, staleAfter].every((limit) => limit === undefined)) {
    return undefined;
  }
  const factor = canonicalFactor(point);
  const size = Math.abs(factor);
  return {
    ...(range === undefined ? {} : { range: scaleRange(range, factor) }),
    ...(rateMax === undefined ? {} : { perMillisMax: (rateMax * size) / 1000 }),
    ...(spike === undefined ? {} : { spike: scaleDecimal(spike, size) }),
    ...(stuckAfter === undefined ? {} : { stuckAfter }),
    ...(staleAfter === undefined ? {} : { staleAfter }),
    verdicts: verdicts === undefined ? DEFAULT_VERDICTS : { ...DEFAULT_VERDICTS, ...verdicts },
  };
}

/** The ends of a range by the arithmetic of values, so that a value at an end stays inside. */
function scaleRange(range: readonly [number, number], factor: number): readonly [low: number, high: number] {
  const [one, other] = [scaleDecimal(range[0], factor), scaleDecimal(range[1], factor)];
  return [Math.min(one, other), Math.max(one, other)];
}

/** A list by metrics may fit more than is meant: what counts has rules of its own, and a state may jump and stay. */
function withoutMotion(rules: QualityRules, point: InputPoint): QualityRules {
  const course = courseOfSeries({ metric: point.metric, kind: point.kind ?? "gauge" });
  if (course === "measurement" && point.counter === undefined && point.states === undefined) return rules;
  const { rateMax: _rateMax, spike: _spike, stuckAfter: _stuckAfter, ...others } = rules;
  return others;
}
