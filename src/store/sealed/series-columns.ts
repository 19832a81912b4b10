/** The rows of many series taken apart: for each series its columns, and which row belongs to which. */

import type { SampleBatch } from "../../model/samples.ts";
import type { SeriesId } from "../../model/series.ts";

/** One series. Shape: as many rows as its column of moments. */
export interface SeriesColumn {
  readonly id: SeriesId;
  /** Which of the columns of moments is its own. */
  readonly moments: number;
  readonly value: Float64Array;
  readonly flags: Uint8Array;
}

/** A batch by series. */
export interface SeriesColumns {
  readonly moments: readonly Float64Array[];
  /** By ascending id. */
  readonly series: readonly SeriesColumn[];
  /** For each row the place of its series in `series`. */
  readonly places: Uint16Array;
}

/** Takes a batch apart. */
export function groupBySeries(batch: SampleBatch): SeriesColumns {
  const { places, ids } = placeRows(batch);
  const starts = startsOf(places, ids.length);
  const at = new Float64Array(batch.count);
  const value = new Float64Array(batch.count);
  const flags = new Uint8Array(batch.count);
  const next = starts.slice();
  for (let row = 0; row < batch.count; row += 1) {
    const index = places[row] ?? 0;
    const place = next[index] ?? 0;
    next[index] = place + 1;
    at[place] = batch.at[row] ?? 0;
    value[place] = batch.value[row] ?? 0;
    flags[place] = batch.flags[row] ?? 0;
  }
  const shared = new SharedColumns();
  const series: SeriesColumn[] = [];
  for (const [index, id] of ids.entries()) {
    const start = starts[index] ?? 0;
    const end = starts[index + 1] ?? 0;
    series.push({
      id,
      moments: shared.indexOf(at.subarray(start, end)),
      value: value.subarray(start, end),
      flags: flags.subarray(start, end),
    });
  }
  return { moments: shared.columns, series, places };
}

/** Numbers the series by ascending id. Rows come in the same order again and again, so most are guessed. */
function placeRows({ series, count }: SampleBatch): { places: Uint16Array; ids: Uint32Array } {
  const known = new Map<SeriesId, number>();
  const found: SeriesId[] = [];
  const follower: number[] = [];
  const places = new Uint16Array(count);
  let before = 0;
  for (let row = 0; row < count; row += 1) {
    const id = series[row] ?? 0;
    let place = follower[before];
    if (place === undefined || found[place] !== id) {
      place = known.get(id) ?? found.push(id) - 1;
      known.set(id, place);
      follower[before] = place;
    }
    places[row] = place;
    before = place;
  }
  const ids = Uint32Array.from(found).sort();
  const ranks = new Uint16Array(found.length);
  for (const [rank, id] of ids.entries()) ranks[known.get(id) ?? 0] = rank;
  for (let row = 0; row < count; row += 1) places[row] = ranks[places[row] ?? 0] ?? 0;
  return { places, ids };
}

/** Where the rows of each series begin when they stand one series after the other, and at last where they end. */
function startsOf(places: Uint16Array, seriesCount: number): Uint32Array {
  const starts = new Uint32Array(seriesCount + 1);
  for (const place of places) starts[place + 1] = (starts[place + 1] ?? 0) + 1;
  for (let index = 1; index <= seriesCount; index += 1) {
    starts[index] = (starts[index] ?? 0) + (starts[index - 1] ?? 0);
  }
  return starts;
}

/** Columns of which equal ones, bit for bit, are kept once. */
class SharedColumns {
  readonly columns: Float64Array[] = [];
  readonly #indexes = new Map<number, number[]>();

  indexOf(column: Float64Array): number {
    const words = new Uint32Array(column.buffer, column.byteOffset, 2 * column.length);
    const hash = hashOf(words);
    const candidates = this.#indexes.get(hash) ?? [];
    for (const index of candidates) {
      const other = this.columns[index];
      if (other !== undefined && areEqual(words, new Uint32Array(other.buffer, other.byteOffset, 2 * other.length))) {
        return index;
      }
    }
    const index = this.columns.push(column) - 1;
    this.#indexes.set(hash, [...candidates, index]);
    return index;
  }
}

function hashOf(words: Uint32Array): number {
  let hash = 0;
  for (const word of words) hash = Math.imul(hash ^ word, 0x9e37_79b1);
  return hash;
}

function areEqual(one: Uint32Array, other: Uint32Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}
