/** Quality rules before the log: only what is wrong by itself is dropped, and every drop is counted by its reason. */

import type { DropReason } from "../model/log.ts";
import type { SampleBatch, SampleBuilder } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import type { MutableDropCounts } from "../model/tally.ts";

/** The rules of all series of a gateway. */
export class QualityFilter {
  readonly #low = new Map<SeriesId, number>();
  readonly #high = new Map<SeriesId, number>();

  /**
   * Sets the believable range of a series, both ends included; undefined means that every number is believable.
   *
   * Units: the canonical unit of the series.
   */
  setRange(series: SeriesId, range: readonly [low: number, high: number] | undefined): void {
    this.#low.set(series, range?.[0] ?? Number.NEGATIVE_INFINITY);
    this.#high.set(series, range?.[1] ?? Number.POSITIVE_INFINITY);
  }

  /** Copies the samples that pass into `target` and adds the others to `dropped`. */
  pass(batch: SampleBatch, target: SampleBuilder, dropped: MutableDropCounts): void {
    for (let row = 0; row < batch.count; row += 1) {
      const series = batch.series[row] ?? 0;
      const value = batch.value[row] ?? Number.NaN;
      const reason = this.#judge(series, value);
      if (reason === undefined) target.push(series, batch.at[row] ?? 0, value, batch.flags[row] ?? 0);
      else dropped[reason] = (dropped[reason] ?? 0) + 1;
    }
  }

  #judge(series: SeriesId, value: number): DropReason | undefined {
    if (!Number.isFinite(value)) return "not-a-number";
    const low = this.#low.get(series);
    const high = this.#high.get(series);
    if (low !== undefined && high !== undefined && (value < low || value > high)) return "out-of-range";
    return undefined;
  }
}
