/**
 * What a receiver may hold because an answer was lost, where it takes samples of a series in order only.
 *
 * After a request without an answer the same samples go again. If the receiver had taken them, it refuses all but the
 * last of each series as out of order, and by that answer alone they would be taken for lost. So it is remembered, of
 * each request without an answer, how far it went in each series. When a sample among them goes alone and is refused as
 * out of order, the receiver has taken one of these requests, and it takes the samples of one request and series
 * together: it holds them as far as the shortest of these requests went. They count as delivered, and go no more.
 *
 * Two more things are believed of a single sample that is refused as out of order, and of that one alone. A request in
 * which something was refused may have been taken for the rest, which a receiver of 2.0 tells. And a request may have
 * been under way when an earlier run of the gateway ended: the receiver then holds a later sample of a series of which
 * this run has sent it nothing yet.
 */

import type { PointBatch, Verdict } from "../../../model/intake.ts";
import type { SeriesId } from "../../../model/series.ts";

/** Requests without an answer that are told apart; the shortest are kept, because with these too little is believed. */
const ENDS_MAX = 32;

/** How an answer bears on what is held. */
export interface HeldSigns {
  /** Whether it refuses a sample because a later one of its series is held. */
  readonly isOutOfOrder: boolean;
  /** Whether it says that some samples were taken, though others were refused. */
  readonly isPartial: boolean;
}

/**
 * Remembers requests without an answer, and those taken in part. Limits: 34 moments for each series, 32 of them until
 * it is next accepted.
 */
export class LostAnswers {
  readonly #isOfEarlierRun: (moment: number) => boolean;
  /** What was sent last and is not answered yet. */
  #underWay: PointBatch | undefined;
  /** The last moments of each series in requests without an answer, the earliest first. */
  readonly #ends = new Map<SeriesId, readonly number[]>();
  /** The last moment of each series that the receiver showed to hold. */
  readonly #held = new Map<SeriesId, number>();
  /** The last moment of each series in the last request that was taken in part. */
  readonly #partly = new Map<SeriesId, number>();
  /** What was accepted since this run began. */
  readonly #settled = new Set<SeriesId>();

  /** `isOfEarlierRun` says whether a sample may have been under way when the gateway ended last. */
  constructor(isOfEarlierRun: (moment: number) => boolean = () => false) {
    this.#isOfEarlierRun = isOfEarlierRun;
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
    const until = this.#ends.get(id)?.find((end) => end >= moment);
    if (until !== undefined) this.#held.set(id, until);
    else if (!this.#isSinglyHeld(id, moment)) return verdict;
    return { kind: "accepted" };
  }

  #isSinglyHeld(id: SeriesId, moment: number): boolean {
    if (moment <= (this.#partly.get(id) ?? Number.NEGATIVE_INFINITY)) return true;
    return !this.#settled.has(id) && this.#isOfEarlierRun(moment);
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
    for (let row = 0; row < points.count; row += 1) {
      const id = points.series[row] as SeriesId;
      if (points.series[row + 1] === id && row + 1 < points.count) continue;
      const end = points.moment[row] as number;
      const ends = this.#ends.get(id) ?? [];
      if (!ends.includes(end)) this.#ends.set(id, [...ends, end].sort((a, b) => a - b).slice(0, ENDS_MAX));
    }
  }

  /** What lies before something accepted is settled. */
  #forget({ series, moment, count }: PointBatch): void {
    for (let row = 0; row < count; row += 1) {
      const id = series[row] as SeriesId;
      const at = moment[row] as number;
      this.#settled.add(id);
      if (at >= (this.#partly.get(id) ?? Number.POSITIVE_INFINITY)) this.#partly.delete(id);
      const ends = this.#ends.get(id);
      if (ends === undefined || at < (ends[0] as number)) continue;
      const later = ends.filter((end) => end > at);
      if (later.length > 0) this.#ends.set(id, later);
      else this.#ends.delete(id);
      if (at >= (this.#held.get(id) ?? Number.POSITIVE_INFINITY)) this.#held.delete(id);
    }
  }

  #withoutHeld({ series, moment, value, count }: PointBatch): PointBatch {
    const left = { series: new Uint32Array(count), moment: new Float64Array(count), value: new Float64Array(count) };
    let kept = 0;
    for (let row = 0; row < count; row += 1) {
      if ((moment[row] as number) <= (this.#held.get(series[row] as SeriesId) ?? Number.NEGATIVE_INFINITY)) continue;
      left.series[kept] = series[row] as number;
      left.moment[kept] = moment[row] as number;
      left.value[kept] = value[row] as number;
      kept += 1;
    }
    return { ...left, count: kept };
  }
}
