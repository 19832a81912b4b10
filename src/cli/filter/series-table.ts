/** Numbers for the series of a replay, those of the log and those that the tried setting makes. */

import type { Series, SeriesId } from "../../model/series.ts";
import { seriesKey } from "../../model/series.ts";

/** Counts from 0, as a log does. */
export class ReplaySeries {
  readonly #series: Series[] = [];
  readonly #ids = new Map<string, SeriesId>();

  /** Gives a series its number, the same each time. */
  defineSeries(series: Series): SeriesId {
    const key = `${series.kind} ${series.unit} ${seriesKey(series)}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#series.length;
    this.#series.push(series);
    this.#ids.set(key, id);
    return id;
  }

  /** The series of a number that was given. */
  seriesOf(id: SeriesId): Series {
    return this.#series[id] as Series;
  }
}
