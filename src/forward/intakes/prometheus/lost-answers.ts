/**
 * What a receiver may hold because an answer was lost, where it takes samples of a series in order only.
 *
 * After a request without an answer the same samples go again. If the receiver had taken them, it refuses all but the
 * last of each series as out of order, and by that answer alone they would be taken for lost. So it is remembered, of
 * each request without an answer, what it held of each series. When a sample among them goes alone and is refused as
 * out of order, the receiver has taken one of these requests, and it takes the samples of one request and series
 * together: it holds all of the shortest of these requests. They count as delivered, and go no more. Others do not,
 * even of earlier moments: where the clock was put back, what comes has moments that were never sent. Nor does a
 * refusal tell anything that is explained by a later sample of another request, which the receiver has accepted or may
 * hold.
 *
 * Two more things are believed of a single sample that is refused as out of order, and of that one alone. A request in
 * which something was refused may have been taken for the rest, which a receiver of 2.0 tells. And a request may have
 * been under way when an earlier run of the gateway ended: the receiver then holds a later sample of a series of which
 * this run has sent it nothing yet. Such a run may also explain what a request of this one without an answer would:
 * then too it is believed of each sample alone, for nobody knows how far that run went.
 */

import type { PointBatch, Verdict } from "../../../model/intake.ts";
import type { SeriesId } from "../../../model/series.ts";
import type { EarlierRun } from "../../earlier-run.ts";

/** Requests without an answer that are told apart; the shortest are kept, because with these too little is believed. */
const REQUESTS_MAX = 32;

/** The moments of one series in one request, in their order; at least one. */
type Moments = Float64Array;

const NO_EARLIER_RUN: EarlierRun = { hasDelivered: false, mayHaveSent: () => false };

/** How an answer bears on what is held. */
export interface HeldSigns {
  /** Whether it refuses a sample because a later one of its series is held. */
  readonly isOutOfOrder: boolean;
  /** Whether it says that some samples were taken, though others were refused. */
  readonly isPartial: boolean;
}

/**
 * Remembers requests without an answer, and those taken in part. Limits: 32 requests for each series until it is next
 * accepted, and two moments of each.
 */
export class LostAnswers {
  readonly #earlier: EarlierRun;
  /** What was sent last and is not answered yet. */
  #underWay: PointBatch | undefined;
  /** What requests without an answer held of each series, those that end earliest first. */
  readonly #lost = new Map<SeriesId, readonly Moments[]>();
  /** What of each series the receiver showed to hold. */
  readonly #held = new Map<SeriesId, Moments>();
  /** The last moment of each series in the last request that was taken in part. */
  readonly #partly = new Map<SeriesId, number>();
  /** The last moment of each series that was accepted since this run began. */
  readonly #accepted = new Map<SeriesId, number>();

  /** Leaving out the earlier run means that there was none. */
  constructor(earlier: EarlierRun = NO_EARLIER_RUN) {
    this.#earlier = earlier;
  }

  /** Takes note of what is about to be sent; gives what of it the receiver is not known to hold. */
  send(points: PointBatch): PointBatch {
    this.#doubt();
    this.#underWay = points;
    return this.#held.size === 0 ? points : this.#withoutHeld(points);
  }

  /** Forgets what was about to be sent, and was not, or was not even read. */
  drop(): void {
    this.#underWay = undefined;
  }

  /** Takes note of an answer; gives the verdict by what is known of it. */
  answer(verdict: Verdict, { isOutOfOrder, isPartial }: HeldSigns): Verdict {
    const points = this.#underWay;
    if (points === undefined) return verdict;
    if (verdict.kind === "retry") {
      this.#doubt();
      return verdict;
    }
    this.#underWay = undefined;
    if (verdict.kind === "accepted") {
      this.#forget(points);
      return verdict;
    }
    if (verdict.kind === "rejected" && isPartial) this.#notePartly(points);
    if (!isOutOfOrder || points.count !== 1) return verdict;
    const id = points.series[0] as SeriesId;
    const moment = points.moment[0] as number;
    if (moment < (this.#accepted.get(id) ?? moment)) return verdict;
    const [shortest, ...others] = this.#lost.get(id)?.filter((moments) => endOf(moments) >= moment) ?? [];
    const isOfAll = shortest !== undefined && [shortest, ...others].every((moments) => includes(moments, moment));
    const isOfThisRun = this.#accepted.has(id) || !this.#earlier.mayHaveSent(moment);
    if (isOfAll && isOfThisRun) this.#held.set(id, shortest);
    else if (!isOfAll && (shortest !== undefined || !this.#isSinglyHeld(id, moment))) return verdict;
    return { kind: "accepted" };
  }

  #isSinglyHeld(id: SeriesId, moment: number): boolean {
    if (moment <= (this.#partly.get(id) ?? Number.NEGATIVE_INFINITY)) return true;
    return !this.#accepted.has(id) && this.#earlier.hasDelivered && this.#earlier.mayHaveSent(moment);
  }

  #notePartly({ series, moment, count }: PointBatch): void {
    for (let row = 0; row < count; row += 1) {
      const id = series[row] as SeriesId;
      this.#partly.set(id, Math.max(moment[row] as number, this.#partly.get(id) ?? 0));
    }
  }

  /** What was sent and not answered, or answered without saying what became of it, may be held. */
  #doubt(): void {
    const points = this.#underWay;
    this.#underWay = undefined;
    if (points === undefined) return;
    for (let first = 0, end = 0; first < points.count; first = end) {
      const id = points.series[first] as SeriesId;
      while (end < points.count && points.series[end] === id) end += 1;
      const moments = points.moment.slice(first, end);
      const lost = this.#lost.get(id) ?? [];
      if (lost.some((other) => isSame(other, moments))) continue;
      this.#lost.set(id, [...lost, moments].sort((one, other) => endOf(one) - endOf(other)).slice(0, REQUESTS_MAX));
    }
  }

  /** What lies before something accepted is settled. */
  #forget({ series, moment, count }: PointBatch): void {
    for (let row = 0; row < count; row += 1) {
      const id = series[row] as SeriesId;
      const at = moment[row] as number;
      this.#accepted.set(id, at);
      if (at >= (this.#partly.get(id) ?? Number.POSITIVE_INFINITY)) this.#partly.delete(id);
      const lost = this.#lost.get(id);
      if (lost?.[0] === undefined || at < endOf(lost[0])) continue;
      const later = lost.filter((moments) => endOf(moments) > at);
      if (later.length > 0) this.#lost.set(id, later);
      else this.#lost.delete(id);
      const held = this.#held.get(id);
      if (held !== undefined && at >= endOf(held)) this.#held.delete(id);
    }
  }

  #withoutHeld({ series, moment, value, count }: PointBatch): PointBatch {
    const left = { series: new Uint32Array(count), moment: new Float64Array(count), value: new Float64Array(count) };
    let kept = 0;
    for (let row = 0; row < count; row += 1) {
      const held = this.#held.get(series[row] as SeriesId);
      if (held !== undefined && includes(held, moment[row] as number)) continue;
      left.series[kept] = series[row] as number;
      left.moment[kept] = moment[row] as number;
      left.value[kept] = value[row] as number;
      kept += 1;
    }
    return { ...left, count: kept };
  }
}

function endOf(moments: Moments): number {
  return moments[moments.length - 1] as number;
}

function includes(moments: Moments, wanted: number): boolean {
  let from = 0;
  let to = moments.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((moments[middle] as number) < wanted) from = middle + 1;
    else to = middle;
  }
  return moments[from] === wanted;
}

function isSame(one: Moments, other: Moments): boolean {
  return one.length === other.length && one.every((moment, index) => moment === other[index]);
}
