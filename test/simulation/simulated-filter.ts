/**
 * Marks samples as a filter would that reduces, by chance: most are ordinary, and now and then a series is odd for a
 * while. No summaries are made: what arrives is what a device told.
 */

import { FLAG, type SampleBatch, SampleBuilder } from "../../src/model/samples.ts";
import type { SeriesId } from "../../src/model/series.ts";
import type { Random } from "../../src/model/time.ts";

const ODDITY = 0.03;
const ROWS_MAX = 6;
const UNTOUCHED = 0.1;

/** Of an odd stretch: how many samples of it are still to come, and of what follows it. */
interface Odd {
  rows: number;
  contextRows: number;
}

/** The filter of one life. */
export class SimulatedFilter {
  readonly #random: Random;
  readonly #odd = new Map<SeriesId, Odd>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Gives the same samples, marked. */
  mark(batch: SampleBatch): SampleBatch {
    const marked = new SampleBuilder(batch.count);
    marked.pushAll(batch, 0, batch.count);
    for (let row = 0; row < marked.count; row += 1) {
      marked.flags[row] = (marked.flags[row] as number) | this.#flagsOf(marked.series[row] as number);
    }
    return marked;
  }

  #flagsOf(series: SeriesId): number {
    const odd = this.#odd.get(series);
    if (odd !== undefined) {
      if (odd.rows === 0 && odd.contextRows <= 1) this.#odd.delete(series);
      if (odd.rows === 0) odd.contextRows -= 1;
      const mark = odd.rows === 0 ? FLAG.context : FLAG.anomalous;
      if (odd.rows > 0) odd.rows -= 1;
      return mark | FLAG.ordinary;
    }
    const draw = this.#random.next();
    if (draw < UNTOUCHED) return 0;
    if (draw < 1 - ODDITY) return FLAG.ordinary;
    this.#odd.set(series, { rows: this.#below(ROWS_MAX), contextRows: 1 + this.#below(ROWS_MAX) });
    return FLAG.ordinary | FLAG.anomalous | FLAG.onset;
  }

  #below(end: number): number {
    return Math.floor(this.#random.next() * end);
  }
}
