/**
 * What came before something anomalous, for an intake that thins. It was left out as ordinary, and the log still has
 * it: where an odd stretch begins, copies of it go ahead of the sample that begins it, by the same full series.
 *
 * Copies are rows of a slice like all others, in the order of the log, so they are encoded, halved, and kept in order
 * by what the intake is known to hold, as these are. But they share the sequence of the sample they go ahead of: where
 * a payload is cut among them, the lane stays before that sample, and knows by its moments how far their series came.
 * So what was taken goes no more, and the rest goes with the next slice, after a kill too. Where an answer was lost,
 * the same copies go again to the same moments, as all samples do. One that is refused is given up, and nothing is
 * counted: it was counted as thinned when its sample was passed.
 *
 * How far back they go is told by what is asked for, and by the lead of the onset: a row of the log right before it
 * that says how long what is anomalous there had gone on by then.
 *
 * Only the run of ordinary samples right before the onset is copied, back to the last sample that went in full by
 * itself: what lies before that went with the odd stretch it belongs to, or does not go. So copies never lie among
 * samples that another lane has still to bring.
 */

import { GatewayError } from "../model/errors.ts";
import type { LogSlice, Sequence } from "../model/log.ts";
import type { LogCare, LogPage } from "../model/log-care.ts";
import { FLAG, SampleBuilder } from "../model/samples.ts";
import type { Series, SeriesId } from "../model/series.ts";
import { LEAD_MAX } from "../model/thinning.ts";
import { type Millis, millis, seconds } from "../model/time.ts";
import type { AgeWindow, LaneBounds } from "./batch.ts";
import { isOfFull, type SampleRoutes } from "./series-at-intake.ts";

/** How far back it goes where nothing else is said. */
export const PRE_CONTEXT = seconds(120);

/** Rows that go ahead of one sample at most, the newest: an hour and some minutes at one a second. */
const ROWS_MAX = 4_000;

/** Samples of one slice that others go ahead of; the slice ends before one more. */
const ONSETS_MAX = 64;

/** What goes further back is read for so few series at once: of few a log reads nothing else. */
const LONG = seconds(600);
const LONG_COUNT = 8;

const ONSET_IN_FULL = FLAG.onset | FLAG.ordinary;

/** A slice, and which of its rows are copies. */
export interface SliceWithCopies extends LogSlice {
  /** 1 for each copy; absent where there are none. Shape: as long as the batch. */
  readonly isCopy?: Uint8Array;
}

/** What is needed to find it. */
export interface PreContextParts {
  readonly page: LogCare["page"];
  readonly routes: SampleRoutes;
  readonly seriesOf: (id: SeriesId) => Series;
  /** How far back it goes for a series of the log; leaving it out means two minutes. */
  readonly preOf?: ((series: Series) => Millis) | undefined;
}

/** A sample that others go ahead of. */
interface Onset {
  readonly row: number;
  readonly sequence: Sequence;
  readonly series: SeriesId;
  /** As which series it goes, and they. */
  readonly full: SeriesId;
  readonly at: number;
  readonly pre: Millis;
}

/** Finds what goes ahead. Limits: 4,000 rows for a sample, and those of 64 samples at once. */
export class PreContext {
  readonly #parts: PreContextParts;

  constructor(parts: PreContextParts) {
    this.#parts = parts;
  }

  /**
   * Adds copies to the rows of a slice; the same slice where none go. It ends earlier where too many would. A log that
   * cannot be read costs the copies and nothing else.
   */
  async addTo(slice: LogSlice, window: AgeWindow, bounds: LaneBounds): Promise<SliceWithCopies> {
    const onsets = this.#findOnsets(slice, window);
    if (onsets.length === 0) return slice;
    const over = onsets[ONSETS_MAX];
    const found = await this.#find(onsets.slice(0, ONSETS_MAX), window, bounds);
    if (found.size === 0 && over === undefined) return slice;
    return insertCopies(slice, found, over?.row ?? slice.batch.count);
  }

  #findOnsets({ batch, sequences }: LogSlice, { isCount, oldestAt }: AgeWindow): Onset[] {
    const { routes, seriesOf, preOf } = this.#parts;
    const onsets: Onset[] = [];
    if (!routes.isThinning) return onsets;
    for (let row = 0; row < batch.count; row += 1) {
      const flags = batch.flags[row] as number;
      const at = batch.at[row] as number;
      if ((flags & ONSET_IN_FULL) !== ONSET_IN_FULL || at < oldestAt) continue;
      const series = batch.series[row] as number;
      const full = routes.of(series, flags);
      if (full < 0 || !isOfFull(full) || isCount?.(series) === true) continue;
      const sequence = sequences[row] as number;
      const pre = preOf?.(seriesOf(series)) ?? PRE_CONTEXT;
      onsets.push({ row, sequence, series, full, at, pre });
    }
    return onsets;
  }

  /** Gives the copies for each onset that has some, by its row. */
  async #find(
    onsets: readonly Onset[],
    window: AgeWindow,
    bounds: LaneBounds,
  ): Promise<ReadonlyMap<number, SampleBuilder>> {
    const found = new Map<number, SampleBuilder>();
    try {
      const leads = await this.#findLeads(onsets);
      const led = onsets.map((onset) => ({ ...onset, pre: millis(onset.pre + (leads.get(momentKey(onset)) ?? 0)) }));
      for (const group of inGroups(led)) {
        const bySequence = new Map(group.map((onset) => [onset.sequence, onset]));
        const runs = new Map(group.map(({ series }) => [series, new Run(window.resolution)]));
        await this.#read(group, new Set(runs.keys()), (page, row) => {
          const run = runs.get(page.batch.series[row] as number);
          const onset = bySequence.get(page.sequences[row] as number);
          if (run !== undefined && onset !== undefined) {
            const copies = copyRun(run.rows, this.#parts.routes, onset, window, bounds);
            if (copies.count > 0) found.set(onset.row, copies);
          }
          run?.take(page, row);
        });
      }
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
    return found;
  }

  /** Gives the leads of onsets by series and moment. Units: milliseconds. */
  async #findLeads(onsets: readonly Onset[]): Promise<ReadonlyMap<string, number>> {
    const { routes, seriesOf } = this.#parts;
    const bySeries = new Map(onsets.map(({ series }) => [routes.leadsOf(seriesOf(series)), series]));
    const leads = new Map<string, number>();
    const there = onsets.map((onset) => ({ ...onset, pre: millis(0) }));
    await this.#read(there, new Set(bySeries.keys()), ({ batch }, row) => {
      const series = bySeries.get(batch.series[row] as number) as SeriesId;
      const lead = Math.round(1000 * (batch.value[row] as number));
      if (lead > 0) leads.set(momentKey({ series, at: batch.at[row] as number }), Math.min(LEAD_MAX, lead));
    });
    return leads;
  }

  /** Reads rows of series up to the last onset, from `pre` before the first. Errors: `STORE_FAILED`. */
  async #read(
    onsets: readonly Onset[],
    series: ReadonlySet<SeriesId>,
    take: (page: LogPage, row: number) => void,
  ): Promise<void> {
    const query = {
      fromAt: Math.min(...onsets.map(({ at, pre }) => at - pre)),
      toAt: Math.max(...onsets.map(({ at }) => at)),
      series,
    };
    const last = onsets.at(-1)?.sequence ?? 0;
    for (let from: Sequence | undefined = 0; from !== undefined && from <= last; ) {
      const page: LogPage = await this.#parts.page({ ...query, from });
      for (let row = 0; row < page.batch.count; row += 1) take(page, row);
      from = page.next;
    }
  }
}

/** Those that are read together: one that goes far back makes no reading long for all others. */
function inGroups(onsets: readonly Onset[]): readonly (readonly Onset[])[] {
  const long = onsets.filter(({ pre }) => pre > LONG);
  const groups = [onsets.filter(({ pre }) => pre <= LONG)];
  for (let from = 0; from < long.length; from += LONG_COUNT) groups.push(long.slice(from, from + LONG_COUNT));
  return groups.filter(({ length }) => length > 0);
}

function momentKey({ series, at }: Pick<Onset, "series" | "at">): string {
  return `${series} ${at}`;
}

/** The ordinary rows of a series after the last moment that went in full by itself; of a moment the last. */
class Run {
  rows = new SampleBuilder();
  readonly #resolution: Millis;
  #reached = Number.NEGATIVE_INFINITY;

  constructor(resolution: Millis) {
    this.#resolution = resolution;
  }

  take({ batch }: LogPage, row: number): void {
    const flags = batch.flags[row] as number;
    if ((flags & FLAG.ordinary) === 0) return;
    if ((flags & (FLAG.anomalous | FLAG.context)) !== 0) {
      this.rows.clear();
      this.#reached = this.#momentOf(batch.at[row] as number);
      return;
    }
    const moment = this.#momentOf(batch.at[row] as number);
    if (moment <= this.#reached) return;
    if (this.#isLast(moment, flags)) this.rows.count -= 1;
    this.rows.pushRow(batch, row);
    if (this.rows.count < 2 * ROWS_MAX) return;
    const newest = new SampleBuilder(2 * ROWS_MAX);
    newest.pushAll(this.rows, ROWS_MAX);
    this.rows = newest;
  }

  #isLast(moment: number, flags: number): boolean {
    const { at, flags: marks, count } = this.rows;
    return count > 0 && marks[count - 1] === flags && this.#momentOf(at[count - 1] as number) === moment;
  }

  #momentOf(at: number): number {
    return Math.floor(at / this.#resolution) * this.#resolution;
  }
}

/** Copies what of a run goes ahead of an onset: one row for each moment, its last, after all that is held. */
function copyRun(
  rows: SampleBuilder,
  routes: SampleRoutes,
  { series, full, at: onsetAt, pre }: Onset,
  { oldestAt, resolution, rollUp }: AgeWindow,
  { moments, ceilings }: LaneBounds,
): SampleBuilder {
  const copies = new SampleBuilder();
  const toMoment = (at: number): number => Math.floor(at / resolution) * resolution;
  const from = Math.max(onsetAt - pre, oldestAt, rollUp?.before ?? Number.NEGATIVE_INFINITY);
  const held = moments.get(full) ?? Number.NEGATIVE_INFINITY;
  const end = Math.min(toMoment(onsetAt), ceilings.get(full) ?? Number.POSITIVE_INFINITY);
  for (let row = Math.max(0, rows.count - ROWS_MAX); row < rows.count; row += 1) {
    const at = rows.at[row] as number;
    const flags = (rows.flags[row] as number) | FLAG.context;
    const moment = toMoment(at);
    if (at < from || moment <= held || moment >= end || routes.of(series, flags) !== full) continue;
    const reached = copies.count === 0 ? Number.NEGATIVE_INFINITY : toMoment(copies.at[copies.count - 1] as number);
    if (moment < reached) continue;
    if (moment === reached) copies.count -= 1;
    copies.push(series, at, rows.value[row] as number, flags);
  }
  return copies;
}

/** Puts copies before the rows they go ahead of, and leaves out the rows from `endRow` on. */
function insertCopies(slice: LogSlice, copiesOf: ReadonlyMap<number, SampleBuilder>, endRow: number): SliceWithCopies {
  let added = 0;
  for (const { count } of copiesOf.values()) added += count;
  const batch = new SampleBuilder(endRow + added);
  const sequences = new Float64Array(endRow + added);
  const isCopy = new Uint8Array(endRow + added);
  for (let row = 0; row < endRow; row += 1) {
    const sequence = slice.sequences[row] as number;
    const copies = copiesOf.get(row);
    if (copies !== undefined) {
      sequences.fill(sequence, batch.count, batch.count + copies.count);
      isCopy.fill(1, batch.count, batch.count + copies.count);
      batch.pushAll(copies);
    }
    sequences[batch.count] = sequence;
    batch.pushRow(slice.batch, row);
  }
  const to = endRow < slice.batch.count ? (slice.sequences[endRow] as number) : slice.to;
  return { ...slice, to, batch, sequences, isCopy };
}
