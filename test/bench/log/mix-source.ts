/** The stated mix without end: what is measured here is the log, so making the rows must cost next to nothing. */

import type { SampleBatch } from "../../../src/model/samples.ts";
import type { Series } from "../../../src/model/series.ts";
import { mixRows } from "../store/stated-mix.ts";
import { cut } from "../store/stored-size.ts";

/** Series that are read once a second. */
export const SERIES_COUNT = 100;

/** Rounds of polls until the values come again; their moments go on. */
const ROUNDS = 650;
const SEED = 22;

/** What a series of the mix is called. */
export function seriesAt(index: number): Series {
  return { metric: `bench.mix.${index}`, tags: [`line:${index % 10}`], kind: "gauge", unit: "1" } as Series;
}

/** Gives batches of the same number of rows, a second to every `SERIES_COUNT` of them. */
export class MixSource {
  /** Rows given so far. */
  count = 0;
  readonly #parts: readonly SampleBatch[];
  #next = 0;

  /** Shape: `batchRows` rows in each batch, a divisor or a multiple of a round. */
  constructor(batchRows: number) {
    const rows = mixRows(SERIES_COUNT, ROUNDS, "each reading", SEED);
    const parts: SampleBatch[] = [];
    for (let from = 0; from + batchRows <= rows.count; from += batchRows) parts.push(cut(rows, from, from + batchRows));
    this.#parts = parts;
  }

  /** The next batch, valid until it comes round again. */
  next(): SampleBatch {
    const part = this.#parts[this.#next];
    if (part === undefined) {
      this.#comeRound();
      return this.next();
    }
    this.#next += 1;
    this.count += part.count;
    return part;
  }

  #comeRound(): void {
    this.#next = 0;
    for (const { at, count } of this.#parts)
      for (let row = 0; row < count; row += 1) at[row] = (at[row] ?? 0) + ROUNDS * 1000;
  }
}
