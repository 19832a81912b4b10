/** Readings to samples: a series for each point, the canonical unit of its metric for each value. */

import { scaleDecimal } from "../decode/scale.ts";
import type { InputPoint, ReadingColumns } from "../model/input.ts";
import { METRICS } from "../model/metrics.ts";
import type { SampleBuilder } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import { unitFactor } from "../model/units.ts";

/** What is worked out once per instance, so that a reading costs a few array reads. */
export interface SampleMap {
  /** Series of each point. */
  readonly series: Uint32Array;
  /** Canonical unit = the point's unit times this. */
  readonly factor: Float64Array;
}

/** Prepares the map of an instance's points. `series` are the log's numbers for them, in the same order. */
export function createSampleMap(points: readonly InputPoint[], series: readonly SeriesId[]): SampleMap {
  return {
    series: Uint32Array.from(series),
    factor: Float64Array.from(points, canonicalFactor),
  };
}

/** What a value in the point's unit is multiplied by to be in the canonical unit of its metric. Units: none. */
export function canonicalFactor(point: InputPoint): number {
  const canonical = METRICS[point.metric]?.unit ?? point.unit;
  return unitFactor(point.unit, canonical) ?? 1;
}

/** Adds the readings of one poll to `target` as samples, in order. `extraFlags` are or-ed into the flags of each. */
export function addSamples(readings: ReadingColumns, map: SampleMap, extraFlags: number, target: SampleBuilder): void {
  const { point, at, value, flags, count } = readings;
  for (let row = 0; row < count; row += 1) {
    const index = point[row] ?? 0;
    const factor = map.factor[index] ?? 1;
    const raw = value[row] ?? Number.NaN;
    target.push(
      map.series[index] ?? 0,
      at[row] ?? 0,
      factor === 1 ? raw : scaleDecimal(raw, factor),
      (flags[row] ?? 0) | extraFlags,
    );
  }
}
