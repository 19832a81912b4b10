/** Readings to samples: a series for each point, the canonical unit of its metric for each value. */

import assert from "node:assert/strict";
import { scaleDecimal } from "../decode/scale.ts";
import type { CounterRule } from "../model/counter.ts";
import type { InputPoint, ReadingColumns } from "../model/input.ts";
import { canonicalUnit } from "../model/metrics.ts";
import type { SampleBuilder } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import { unitFactor } from "../model/units.ts";

/** Stands for the series of a point that has none, for want of room. */
export const NO_SERIES = 0xffff_ffff;

/** What is worked out once per instance, so that a reading costs a few array reads. */
export interface SampleMap {
  /** Series of each point. */
  readonly series: Uint32Array;
  /** Canonical unit = the point's unit times this. */
  readonly factor: Float64Array;
}

/**
 * Prepares the map of an instance's points. `series` are the log's numbers for them, in the same order; undefined for a
 * point that is to have none.
 */
export function createSampleMap(points: readonly InputPoint[], series: readonly (SeriesId | undefined)[]): SampleMap {
  return {
    series: Uint32Array.from(series, (id) => id ?? NO_SERIES),
    factor: Float64Array.from(points, canonicalFactor),
  };
}

/** What a value in the point's unit is multiplied by to be in the canonical unit of its metric. Units: none. */
export function canonicalFactor(point: InputPoint): number {
  const factor = unitFactor(point.unit, canonicalUnit(point.metric, point.unit));
  assert(factor !== undefined, `no profile may measure ${point.metric} in ${point.unit}`);
  return factor;
}

/** What a counting point can do, in the canonical unit of its metric; undefined for one that does not count. */
export function canonicalCounter({ counter, ...point }: InputPoint): CounterRule | undefined {
  if (counter === undefined) return undefined;
  const factor = canonicalFactor(point);
  const { wrapsAt, perHourMax = Number.POSITIVE_INFINITY, resolution, rounding } = counter;
  return {
    wrapsAt: wrapsAt === undefined ? undefined : scaleDecimal(wrapsAt, factor),
    perMillisMax: (perHourMax * factor) / 3_600_000,
    resolution: resolution * factor,
    rounding,
  };
}

/**
 * Adds the readings of one poll to `target` as samples, in order. `extraFlags` are or-ed into the flags of each. Gives
 * how many were of points without a series, and left out.
 */
export function addSamples(
  readings: ReadingColumns,
  map: SampleMap,
  extraFlags: number,
  target: SampleBuilder,
): number {
  const { point, at, value, flags, count } = readings;
  let leftOut = 0;
  for (let row = 0; row < count; row += 1) {
    const index = point[row] ?? 0;
    if (map.series[index] === NO_SERIES) {
      leftOut += 1;
      continue;
    }
    const factor = map.factor[index] ?? 1;
    const raw = value[row] ?? Number.NaN;
    target.push(
      map.series[index] ?? 0,
      at[row] ?? 0,
      factor === 1 ? raw : scaleDecimal(raw, factor),
      (flags[row] ?? 0) | extraFlags,
    );
  }
  return leftOut;
}
