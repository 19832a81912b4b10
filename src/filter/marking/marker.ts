/** The stage that marks what is odd: it gives each value to the detector of its series, and only adds to its flags. */

import type { SampleBatch, SampleBuilder } from "../../model/samples.ts";
import type { SeriesId } from "../../model/series.ts";
import { createDetector, restoreDetector } from "../detectors/create-detector.ts";
import { factsOf, STEP, type StretchFacts } from "./stretch.ts";
import {
  type MakeDetector,
  type Moment,
  type SavedSeries,
  WatchedSeries,
  type WatchedSpec,
  type WatchParts,
} from "./watched-series.ts";

/** The clock was set where it and the monotonic one part by more. Units: milliseconds. */
const JUMP_MIN = 1000;

/** Hears of stretches. */
export interface StretchListener {
  began(series: WatchedSeries): void;
  /** Hears of one that is over, which may have been told of before the gateway was started. */
  ended(series: WatchedSeries, stretch: StretchFacts): void;
  /** Hears of one under way that nobody watches any more. */
  forgotten(series: WatchedSeries): void;
  /** Hears that the clock was set, by so much: what it remembers of stretches that are over, it moves along. */
  moved?(by: number): void;
}

/** What a marker is made with. */
export interface MarkerParts extends Partial<WatchParts> {
  readonly listener: StretchListener;
}

/** The detectors of all series of a gateway. */
export class Marker {
  readonly #series = new Map<SeriesId, WatchedSeries>();
  readonly #parts: MarkerParts & WatchParts;
  /** By how much the wall clock is ahead of the monotonic one. */
  #lead: number | undefined;

  constructor(parts: MarkerParts) {
    this.#parts = { make, ...parts };
  }

  /** All that are watched. */
  get series(): Iterable<WatchedSeries> {
    return this.#series.values();
  }

  /** Whether any is. */
  get isWatching(): boolean {
    return this.#series.size > 0;
  }

  /** Gives a series that is watched. */
  get(id: SeriesId): WatchedSeries | undefined {
    return this.#series.get(id);
  }

  /**
   * Watches a series from now on, or by other settings; what its detector knows it keeps where it can. `saved` is what
   * was kept of it from before, and leaving it out means nothing.
   */
  watch(spec: WatchedSpec, now: Moment, saved?: SavedSeries): WatchedSeries {
    const known = this.#series.get(spec.id);
    if (known?.change(spec)) return known;
    if (known !== undefined) this.unwatch(spec.id);
    const watched = new WatchedSeries(spec, this.#parts, now, saved);
    this.#series.set(spec.id, watched);
    return watched;
  }

  /** Watches a series no more. */
  unwatch(id: SeriesId): void {
    const watched = this.#series.get(id);
    this.#series.delete(id);
    if (watched?.stretch.isOpen) this.#parts.listener.forgotten(watched);
  }

  /**
   * Copies all rows into `target` with their marks, and the companions that are due before or behind each. Gives how
   * many those are.
   */
  pass(batch: SampleBatch, target: SampleBuilder, now: Moment): number {
    if (this.#series.size === 0) {
      target.pushAll(batch);
      return 0;
    }
    this.#follow(now);
    let madeCount = 0;
    for (let row = 0; row < batch.count; row += 1) {
      const watched = this.#series.get(batch.series[row] as number);
      if (watched === undefined) {
        target.pushRow(batch, row);
        continue;
      }
      const at = batch.at[row] as number;
      madeCount += watched.pass(at, batch.value[row] as number, batch.flags[row] as number, now.monotonic, target);
      const { step } = watched.stretch;
      if ((step & STEP.ended) !== 0) this.#parts.listener.ended(watched, factsOf(watched.stretch.ended));
      if ((step & STEP.began) !== 0) this.#parts.listener.began(watched);
    }
    return madeCount;
  }

  /** Ends the stretches of series that have been silent for too long. */
  lapse(moment: Moment): void {
    this.#follow(moment);
    const now = moment.monotonic;
    for (const watched of this.#series.values()) {
      const { stretch, spec, heardAt } = watched;
      if (stretch.isOpen && stretch.isOverAfter(now - heardAt, spec.policy.post)) this.#close(watched);
    }
  }

  #close(watched: WatchedSeries): void {
    watched.stretch.close();
    this.#parts.listener.ended(watched, factsOf(watched.stretch.ended));
  }

  /** Moves all moments along with a clock that was set. */
  #follow({ wall, monotonic }: Moment): void {
    const lead = wall - monotonic;
    const by = lead - (this.#lead ?? lead);
    this.#lead = lead;
    if (Math.abs(by) <= JUMP_MIN) return;
    for (const watched of this.#series.values()) watched.shift(by);
    this.#parts.listener.moved?.(by);
  }
}

const make: MakeDetector = (kind, settings, saved) =>
  saved === undefined
    ? { detector: createDetector(kind, settings), isRestored: false }
    : restoreDetector(kind, settings, saved);
