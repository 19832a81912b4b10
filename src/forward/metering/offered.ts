/**
 * What comes, by class: how much a second, how much of it is news, and from how many series. Samples that the intake is
 * not to have are none of it.
 */

import type { LogSlice, Sequence } from "../../model/log.ts";
import type { SeriesId } from "../../model/series.ts";
import { SERIES_CLASSES, type SeriesClass } from "../../model/series-class.ts";
import type { MonotonicMillis } from "../../model/time.ts";
import type { SampleRoutes } from "../series-at-intake.ts";
import type { Offer } from "./plan.ts";

/** The rate is that of so long. Units: milliseconds. */
const SPAN = 600_000;
const MARK_EVERY = 10_000;

/** What comes in steps is no rate before so long. Units: milliseconds. */
const SPAN_MIN = 60_000;

/** Beyond so many rows the older ones count half: what was seen last tells most. */
const ROWS_MAX = 50_000;

interface Seen {
  rows: number;
  changes: number;
  series: number;
}

/** Watches what an intake is offered. Limits: one entry for each series. */
export class Offered {
  readonly #classOf: (series: SeriesId) => SeriesClass;
  readonly #lastValues = new Map<SeriesId, number>();
  readonly #seen: Record<SeriesClass, Seen> = {
    alarms: { rows: 0, changes: 0, series: 0 },
    states: { rows: 0, changes: 0, series: 0 },
    energy: { rows: 0, changes: 0, series: 0 },
    analog: { rows: 0, changes: 0, series: 0 },
  };
  readonly #marks: { readonly at: MonotonicMillis; readonly end: Sequence }[] = [];
  /** Rows that do not go. */
  #leftRows = 0;
  readonly #routes: Pick<SampleRoutes, "of">;
  #notedTo: Sequence = 0;

  /** `classOf` tells of the series of the intake. */
  constructor(classOf: (series: SeriesId) => SeriesClass, routes: Pick<SampleRoutes, "of">) {
    this.#classOf = classOf;
    this.#routes = routes;
  }

  /** Takes note of where the log ends. */
  mark(at: MonotonicMillis, end: Sequence): void {
    const last = this.#marks.at(-1);
    if (last === undefined || at - last.at >= MARK_EVERY) this.#marks.push({ at, end });
    while ((this.#marks[1]?.at ?? at) < at - SPAN) this.#marks.shift();
  }

  /** Takes note of rows, each once. */
  note({ batch, sequences, to }: LogSlice): void {
    for (let row = 0; row < batch.count; row += 1) {
      if ((sequences[row] as number) < this.#notedTo) continue;
      const id = this.#routes.of(batch.series[row] as number, batch.flags[row] as number);
      if (id < 0) {
        this.#leftRows += 1;
        continue;
      }
      const value = batch.value[row] as number;
      const seen = this.#seen[this.#classOf(id)];
      const before = this.#lastValues.get(id);
      seen.rows += 1;
      if (before === undefined) seen.series += 1;
      else if (before !== value) seen.changes += 1;
      this.#lastValues.set(id, value);
    }
    this.#notedTo = Math.max(this.#notedTo, to);
    if (this.#rows() > ROWS_MAX) this.#halve();
  }

  /** The part of all samples that goes; 1 before any was seen. */
  get share(): number {
    const rows = this.#rows();
    return rows === 0 ? 1 : 1 - this.#leftRows / rows;
  }

  /** Whether there are series of a class. */
  has(each: SeriesClass): boolean {
    return this.#seen[each].series > 0;
  }

  /** What comes of each class; undefined until that was seen for a while. */
  offers(at: MonotonicMillis, end: Sequence): Readonly<Record<SeriesClass, Offer>> | undefined {
    const first = this.#marks[0];
    const rows = this.#rows();
    if (first === undefined || at - first.at < SPAN_MIN || rows === 0) return undefined;
    const total = (1000 * (end - first.end)) / (at - first.at);
    const offer = ({ rows: own, changes, series }: Seen): Offer => ({
      rate: (total * own) / rows,
      changeRate: (total * changes) / rows,
      seriesCount: series,
    });
    const { alarms, states, energy, analog } = this.#seen;
    return { alarms: offer(alarms), states: offer(states), energy: offer(energy), analog: offer(analog) };
  }

  #rows(): number {
    return SERIES_CLASSES.reduce((sum, each) => sum + this.#seen[each].rows, this.#leftRows);
  }

  #halve(): void {
    this.#leftRows /= 2;
    for (const each of SERIES_CLASSES) {
      this.#seen[each].rows /= 2;
      this.#seen[each].changes /= 2;
    }
  }
}
