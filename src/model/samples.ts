/**
 * Samples in columns. From decode to payload a sample is a row of typed arrays, never an object: on a small board the
 * garbage collector, not the arithmetic, is what costs.
 */

/**
 * What is known about one sample beyond its value; flags are or-ed together.
 *
 * The last three are for readers that thin (thinning.ts): `ordinary` samples are told by another one, `context` follows
 * what was anomalous, and `onset` is where something anomalous begins.
 */
export const FLAG = {
  suspect: 1,
  stale: 2,
  clockUntrusted: 4,
  anomalous: 8,
  historical: 16,
  ordinary: 32,
  context: 64,
  onset: 128,
} as const;

/**
 * Samples as they move between rooms.
 *
 * Shape: four columns of the same length, of which the first `count` rows count. Units: `at` is integer milliseconds
 * since 1970; `value` is in the unit of its series.
 */
export interface SampleBatch {
  readonly series: Uint32Array;
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly flags: Uint8Array;
  readonly count: number;
}

/** A batch that grows by whole rows; readers see it as a `SampleBatch`. */
export class SampleBuilder implements SampleBatch {
  series: Uint32Array<ArrayBuffer>;
  at: Float64Array<ArrayBuffer>;
  value: Float64Array<ArrayBuffer>;
  flags: Uint8Array<ArrayBuffer>;
  count = 0;

  /** `capacity` is the number of rows to have room for at first; it doubles when they are used up. */
  constructor(capacity = 64) {
    this.series = new Uint32Array(capacity);
    this.at = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
    this.flags = new Uint8Array(capacity);
  }

  /** Adds one row. Units: `at` is integer milliseconds since 1970. */
  push(series: number, at: number, value: number, flags: number): void {
    if (this.count === this.series.length) this.#grow(this.count + 1);
    this.series[this.count] = series;
    this.at[this.count] = at;
    this.value[this.count] = value;
    this.flags[this.count] = flags;
    this.count += 1;
  }

  /** Adds one row of another batch. */
  pushRow(other: SampleBatch, row: number): void {
    this.push(other.series[row] ?? 0, other.at[row] ?? 0, other.value[row] ?? 0, other.flags[row] ?? 0);
  }

  /** Adds the rows `from` to `to` (exclusive) of another batch. */
  pushAll(other: SampleBatch, from = 0, to = other.count): void {
    const added = to - from;
    if (this.count + added > this.series.length) this.#grow(this.count + added);
    this.series.set(other.series.subarray(from, to), this.count);
    this.at.set(other.at.subarray(from, to), this.count);
    this.value.set(other.value.subarray(from, to), this.count);
    this.flags.set(other.flags.subarray(from, to), this.count);
    this.count += added;
  }

  /** Forgets all rows and keeps the room. */
  clear(): void {
    this.count = 0;
  }

  #grow(rowCountMin: number): void {
    const capacity = Math.max(rowCountMin, this.series.length * 2, 16);
    const series = new Uint32Array(capacity);
    const at = new Float64Array(capacity);
    const value = new Float64Array(capacity);
    const flags = new Uint8Array(capacity);
    series.set(this.series);
    at.set(this.at);
    value.set(this.value);
    flags.set(this.flags);
    this.series = series;
    this.at = at;
    this.value = value;
    this.flags = flags;
  }
}
