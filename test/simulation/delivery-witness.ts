/**
 * What one intake took, and what its gateway may know of that: the ground truth that the books are held against.
 *
 * A payload is **sure** once its answer was heard and its lane has moved on since, and as long as no crash takes that
 * step back. All others may come again: their answer was lost, or the step of the lane was. So a point goes back in
 * time, or comes twice, only over payloads that are not sure, and what counts as delivered is what the sure ones hold.
 *
 * Lanes deliver out of order, so before and after are told by where in the log a payload comes from: of each series,
 * what comes from further back is older than all that came from further on, and nothing that is known to be delivered
 * is replaced by it.
 */

import type { IntakePoint } from "../../hardware-sim/intake/check-series.ts";
import type { CursorCounts } from "../../src/model/log.ts";
import { countHandled } from "./bookkeeper.ts";

interface Payload {
  readonly points: readonly IntakePoint[];
  /** Where its lane stood: the sequence of its first sample. */
  readonly from: number;
  /** What the cursor had handled before. */
  readonly handled: number;
  readonly isHeard: boolean;
  /** How often moments had been moved by a clock that was put back, or a boot without one, until then. */
  readonly shifts: number;
}

/** The seconds of one series in a sure payload. */
interface Span {
  readonly from: number;
  readonly first: number;
  readonly last: number;
}

/** What a cursor passes that a crash may bring back: deleted, thinned and set aside in the writes that it undoes. */
const GIVEN_UP = ["logFull", "rejected", "thinned"] as const;

/** Keeps what arrived. */
export class DeliveryWitness {
  readonly violations: string[] = [];
  /** Times that moments of samples that wait may have been moved. */
  shifts = 0;
  /** Samples that were given up or moved and that a crash brought back: each may come once behind what was sent. */
  #returned = 0;
  /** Payloads that are sure unless a crash takes them back, and those that are not. */
  #sure: Payload[] = [];
  #unsure: Payload[] = [];
  /** Payloads that will never be sure: what the gateway knew of them is gone. */
  readonly #forgotten: Payload[] = [];
  /** What is sure of each series. */
  readonly #spans = new Map<string, Span[]>();
  readonly #held = new Map<string, Set<number>>();

  /**
   * Takes the points of an accepted payload that comes from sequence `from` on; `counts` is what the cursor knows by
   * now.
   */
  take(points: readonly IntakePoint[], counts: CursorCounts, isHeard: boolean, from = 0): void {
    const handled = countHandled(counts);
    this.#settle(handled);
    // What goes from where the cursor stood before was never stepped over, and this payload may hold less of it.
    const isRepeated = (payload: Payload): boolean => payload.handled === handled;
    this.#forgotten.push(...this.#unsure.filter(isRepeated));
    this.#unsure = this.#unsure.filter((payload) => !isRepeated(payload));
    for (const point of points) this.#judge(point, from);
    for (const { series, second } of points) {
      const held = this.#held.get(series) ?? new Set();
      held.add(second);
      this.#held.set(series, held);
    }
    this.#unsure.push({ points, from, handled, isHeard, shifts: this.shifts });
  }

  /**
   * A life began whose cursor knows so much, and that of the life `before` more: what is missing may come again. Of
   * that, `movedCount` samples are from before the clock was put back: they were sent where they lay then, or gave way
   * to a later second that is forgotten now, and come where they lie now.
   */
  begin(counts: CursorCounts, before: CursorCounts | undefined, movedCount = 0): void {
    this.#returned += movedCount;
    const handled = countHandled(counts);
    for (const reason of GIVEN_UP) this.#returned += Math.max(0, (before?.[reason] ?? 0) - counts[reason]);
    this.#settle(handled);
    const isForgotten = (payload: Payload): boolean => payload.handled >= handled;
    this.#forgotten.push(...this.#unsure, ...this.#sure.filter(isForgotten));
    this.#unsure = [];
    this.#sure = this.#sure.filter((payload) => !isForgotten(payload));
    this.#spans.clear();
    for (const payload of this.#sure) this.#trust(payload);
  }

  /** How many points are sure once the cursor has handled so much: what the books must count as delivered. */
  countSure(handled: number): number {
    this.#settle(handled);
    return new Set(this.#sure.flatMap(({ points }) => points.map(({ series, second }) => `${second} ${series}`))).size;
  }

  #settle(handled: number): void {
    const isSure = (payload: Payload): boolean => payload.isHeard && payload.handled < handled;
    for (const payload of this.#unsure.filter(isSure)) {
      this.#sure.push(payload);
      this.#trust(payload);
    }
    const unheard = this.#unsure.filter((payload) => !isSure(payload));
    this.#unsure = unheard;
  }

  #trust({ points, from }: Payload): void {
    const spans = new Map<string, Span>();
    for (const { series, second } of points) {
      const { first, last } = spans.get(series) ?? { first: second, last: second };
      spans.set(series, { from, first: Math.min(first, second), last: Math.max(last, second) });
    }
    for (const [series, span] of spans) {
      const known = this.#spans.get(series) ?? [];
      known.push(span);
      this.#spans.set(series, known);
    }
  }

  #judge({ series, second }: IntakePoint, from: number): void {
    const spans = this.#spans.get(series) ?? [];
    const before = spans.filter((span) => span.from <= from);
    const sureUntil = Math.max(0, ...before.map(({ last }) => last));
    if (second < sureUntil) {
      this.violations.push(`${series} came at ${second}, when ${sureUntil} was known to be delivered`);
      return;
    }
    const after = spans.filter((span) => span.from > from);
    const sureFrom = Math.min(...after.map(({ first }) => first));
    if (second >= sureFrom) {
      this.violations.push(`${series} came at ${second} behind newer samples that hold ${sureFrom} and on`);
      return;
    }
    if (this.#held.get(series)?.has(second)) return;
    // A new point goes behind one that nobody knew of only where moments were moved since that was sent.
    const isBehind = (payload: Payload): boolean =>
      payload.shifts === this.shifts &&
      payload.from <= from &&
      payload.points.some((other) => other.series === series && other.second > second);
    if (![...this.#unsure, ...this.#forgotten].some(isBehind)) return;
    if (this.#returned > 0) this.#returned -= 1;
    else this.violations.push(`${series} went back in time to ${second}`);
  }
}
