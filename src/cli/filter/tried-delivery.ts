/**
 * What an intake would have got, and in how many bytes: samples are read off in flushes, routed, joined by what came
 * before an onset, and encoded, all by what forwards in earnest. Nothing is sent; the intake is taken to accept all.
 */

import { type AgeWindow, momentsAfter, toPoints } from "../../forward/batch.ts";
import { PreContext, type SliceWithCopies } from "../../forward/pre-context.ts";
import { halveRange, type RowRange, rowCount, wholeRange } from "../../forward/row-range.ts";
import { nameAtIntake, SampleRoutes } from "../../forward/series-at-intake.ts";
import type { UnsurePolicy } from "../../model/config.ts";
import type { Intake, Payload, PointBatch } from "../../model/intake.ts";
import type { DeliveredMoments, LogSlice } from "../../model/log.ts";
import type { LogPage, PageQuery } from "../../model/log-care.ts";
import { type SampleBatch, SampleBuilder } from "../../model/samples.ts";
import type { Series } from "../../model/series.ts";
import { LEAD_MAX } from "../../model/thinning.ts";
import type { Millis } from "../../model/time.ts";
import type { ReplaySeries } from "./series-table.ts";

/** Samples that are kept for what comes before an onset, the newest: some 100 MB. */
const KEPT_MAX = 4_000_000;

/** What a delivery is made of. */
export interface DeliveryParts {
  readonly intake: Intake;
  readonly series: ReplaySeries;
  readonly isThinning: boolean;
  readonly unsure: UnsurePolicy | undefined;
  /** How far back what comes before an onset goes. */
  readonly preOf: (series: Series) => Millis;
  /** The furthest of them. */
  readonly preMax: Millis;
  /** Hears of the points of each payload. */
  readonly onPoints: (points: PointBatch) => void;
}

/** Counts what goes to one intake. */
export class TriedDelivery {
  points = 0;
  /** Of the bodies, as they are sent. */
  bytes = 0;
  requests = 0;
  readonly #parts: DeliveryParts;
  readonly #routes: SampleRoutes;
  readonly #seriesOf: ReturnType<typeof nameAtIntake<Series>>;
  readonly #context: PreContext;
  readonly #window: AgeWindow;
  #moments: DeliveredMoments = new Map();
  /** The last samples, those of the next flush at their end. */
  #kept = new SampleBuilder();
  /** The number of the first sample that is kept. */
  #first = 0;
  /** How many of those that are kept have gone. */
  #gone = 0;

  constructor(parts: DeliveryParts) {
    const { intake, series, isThinning, unsure, preOf } = parts;
    this.#parts = parts;
    this.#routes = new SampleRoutes(series, { unsure, isThinning });
    this.#seriesOf = nameAtIntake((id) => series.seriesOf(id));
    this.#context = new PreContext({
      page: (query) => Promise.resolve(this.#page(query)),
      routes: this.#routes,
      seriesOf: (id) => series.seriesOf(id),
      preOf,
    });
    this.#window = {
      oldestAt: Number.NEGATIVE_INFINITY,
      newestAt: Number.POSITIVE_INFINITY,
      presentAt: Number.POSITIVE_INFINITY,
      resolution: intake.resolution,
      routes: this.#routes,
      isCount: (id) => this.#seriesOf(id).kind === "count",
    };
  }

  /** Takes samples for the next flush. */
  take(batch: SampleBatch): void {
    this.#kept.pushAll(batch);
  }

  /** Takes samples of before what is replayed: they go only where they come before an onset. */
  remember(batch: SampleBatch): void {
    if (this.#gone < this.#kept.count) return;
    this.#kept.pushAll(batch);
    this.#gone = this.#kept.count;
  }

  /** Lets go what was taken. Units: `now` in milliseconds since 1970. */
  async flush(now: number): Promise<void> {
    for (let slice = this.#waiting(); slice !== undefined; slice = this.#waiting()) {
      const whole = await this.#context.addTo(slice, this.#window, { moments: this.#moments, ceilings: new Map() });
      this.#deliver(whole);
      this.#gone = whole.to - this.#first;
    }
    this.#forget(now);
  }

  #waiting(): LogSlice | undefined {
    const count = this.#kept.count - this.#gone;
    if (count === 0) return undefined;
    const batch = new SampleBuilder(count);
    batch.pushAll(this.#kept, this.#gone);
    const from = this.#first + this.#gone;
    const sequences = Float64Array.from({ length: count }, (_, row) => from + row);
    return { from, to: from + count, batch, sequences, missing: "unreadable" };
  }

  #deliver(slice: SliceWithCopies): void {
    const { pointCountMax } = this.#parts.intake.limits;
    const waiting: RowRange[] = [wholeRange(slice)];
    for (let range = waiting.pop(); range !== undefined; range = waiting.pop()) {
      const isWhole = rowCount(range) <= pointCountMax && this.#send(slice, range);
      if (!isWhole) waiting.push(...halveRange(slice, range).toReversed());
    }
  }

  /** Says whether a range fits into a payload. */
  #send(slice: SliceWithCopies, range: RowRange): boolean {
    const { intake, onPoints } = this.#parts;
    const bounds = { moments: this.#moments, ceilings: new Map() };
    const { points } = toPoints(slice, range, this.#window, bounds);
    if (points.count === 0) return true;
    const payload = intake.encode(points, this.#seriesOf);
    if (rowCount(range) > 1 && isTooBig(payload, intake)) return false;
    this.points += points.count;
    this.bytes += payload.body.byteLength;
    this.requests += 1;
    this.#moments = momentsAfter(this.#moments, points, this.#window);
    onPoints(points);
    return true;
  }

  #page({ from, fromAt, toAt, series }: PageQuery): LogPage {
    const batch = new SampleBuilder();
    const sequences: number[] = [];
    for (let row = Math.max(0, from - this.#first); row < this.#kept.count; row += 1) {
      const at = this.#kept.at[row] as number;
      if (at < fromAt || at > toAt || series?.has(this.#kept.series[row] as number) === false) continue;
      batch.pushRow(this.#kept, row);
      sequences.push(this.#first + row);
    }
    return { batch, sequences, next: undefined, unreadable: 0 };
  }

  #forget(now: number): void {
    const { isThinning, preMax } = this.#parts;
    const { kept, oldest } = { kept: this.#kept, oldest: now - preMax - LEAD_MAX };
    let from = Math.max(0, isThinning ? kept.count - KEPT_MAX : kept.count);
    while (from < kept.count && (kept.at[from] as number) < oldest) from += 1;
    // Moving what stays costs as much as there is of it.
    if (from < kept.count / 2) return;
    const left = new SampleBuilder(Math.max(64, kept.count - from));
    left.pushAll(kept, from);
    this.#kept = left;
    this.#first += from;
    this.#gone = left.count;
  }
}

function isTooBig({ body, rawBytes }: Payload, { limits }: Intake): boolean {
  return body.byteLength > limits.wireBytesMax || rawBytes > limits.rawBytesMax;
}
