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
 *
 * What is sent once more after it was refused goes beside the lanes, wherever it belongs. Whether a payload is of that
 * kind shows by what its cursor does next: while such a retry runs, payloads are judged then.
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
  /** How often a lane had been read. */
  readonly reads: number;
}

/** A payload of what had been refused, and where its cursor stood when it was settled. */
interface Retried {
  readonly points: readonly IntakePoint[];
  readonly handled: number;
  readonly rejected: number;
}

/** How exactly an intake's points can be told beforehand. */
export interface WitnessTraits {
  /** Whether what goes again may be other points: what a budget, a rounding to minutes or a refusal had left out. */
  readonly isChanging: boolean;
  /** Whether each sample has a moment of its own: then nothing overwrites. */
  readonly isExact: boolean;
  /** Whether a clock may be put back further than the gateway remembers what an intake of such a window has. */
  readonly isForgetful: boolean;
}

const PLAIN: WitnessTraits = { isChanging: false, isExact: false, isForgetful: false };

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
  /** Accepted while a retry runs: what it is shows by the next thing its cursor does. */
  #undecided: Payload | undefined;
  /** Accepted, and not settled yet; settled, unless a crash takes that back; and how many samples a life settled. */
  #settling: readonly IntakePoint[] = [];
  #retried: Retried[] = [];
  #settledCount = 0;
  #reads = 0;
  readonly #traits: WitnessTraits;

  constructor(traits: WitnessTraits = PLAIN) {
    this.#traits = traits;
  }

  /**
   * Takes the points of an accepted payload that comes from sequence `from` on; `counts` is what the cursor knows by
   * now, and `isRetrying` whether it may be of what is sent once more.
   */
  take(points: readonly IntakePoint[], counts: CursorCounts, isHeard: boolean, from = 0, isRetrying = false): void {
    const handled = countHandled(counts);
    this.#settle(handled);
    this.#forgetUndecided();
    const payload = { points, from, handled, isHeard, shifts: this.shifts, reads: this.#reads };
    if (isRetrying) this.#undecided = payload;
    else this.#takeOfLane(payload);
  }

  /** Holds points against what is sure, whether the intake takes them or not. */
  inspect(points: readonly IntakePoint[], from: number): void {
    for (const { series, second } of points) {
      const violation = this.#judgeBySure(series, second, from);
      if (violation !== undefined) this.violations.push(violation);
    }
  }

  /** A lane of the cursor is read. */
  noteRead(): void {
    this.#reads += 1;
  }

  /**
   * A lane of the cursor is about to move on: what was taken last was of it. What was sent of it before it was read
   * anew counts for nothing any more: its step failed, and less of it may go now.
   */
  noteStep(counts: CursorCounts): void {
    const payload = this.#undecided;
    this.#undecided = undefined;
    if (payload !== undefined) this.#takeOfLane(payload);
    const handled = countHandled(counts);
    this.#settle(handled);
    this.#forgetUnsure((unsure) => unsure.handled === handled && unsure.reads < this.#reads);
  }

  /** What the live lane had read goes by another lane: what was sent of it comes again. */
  noteLeft(counts: CursorCounts): void {
    const handled = countHandled(counts);
    this.#settle(handled);
    this.#forgetUnsure((payload) => payload.handled === handled);
  }

  /** What was sent once more is about to be settled. */
  noteSettling(): void {
    this.#settling = this.#undecided?.points ?? [];
    if (this.#undecided !== undefined) this.#hold(this.#undecided.points);
    this.#undecided = undefined;
  }

  /** So many samples were settled; `counts` is what the cursor knows now. */
  noteSettled(settledCount: number, counts: CursorCounts): void {
    this.#settledCount += settledCount;
    const points = this.#settling;
    this.#settling = [];
    if (points.length > 0) this.#retried.push({ points, handled: countHandled(counts), rejected: counts.rejected });
  }

  #takeOfLane(payload: Payload): void {
    const { points, from, handled } = payload;
    // What goes from where the cursor stood before was never stepped over, and this payload may hold less of it.
    this.#forgetUnsure((unsure) => unsure.handled === handled);
    for (const point of points) this.#judge(point, from);
    this.#hold(points);
    this.#unsure.push(payload);
  }

  #forgetUnsure(isOver: (payload: Payload) => boolean): void {
    this.#forgotten.push(...this.#unsure.filter(isOver));
    this.#unsure = this.#unsure.filter((payload) => !isOver(payload));
  }

  /** Nothing came of it: its answer was lost. It may have been of any lane, or of none. */
  #forgetUndecided(): void {
    const payload = this.#undecided;
    this.#undecided = undefined;
    if (payload === undefined) return;
    this.#hold(payload.points);
    this.#forgotten.push(payload);
  }

  #hold(points: readonly IntakePoint[]): void {
    for (const { series, second } of points) {
      const held = this.#held.get(series) ?? new Set();
      held.add(second);
      this.#held.set(series, held);
    }
  }

  /**
   * A life began whose cursor knows so much, and that of the life `before` more: what is missing may come again. Of
   * that, `movedCount` samples are from before the clock was put back: they were sent where they lay then, or gave way
   * to a later second that is forgotten now, and come where they lie now.
   */
  begin(counts: CursorCounts, before: CursorCounts | undefined, movedCount = 0): void {
    this.#returned += movedCount;
    const handled = countHandled(counts);
    const known = before === undefined ? undefined : { ...before, rejected: before.rejected + this.#settledCount };
    for (const reason of GIVEN_UP) this.#returned += Math.max(0, (known?.[reason] ?? 0) - counts[reason]);
    this.#forgetUndecided();
    this.#settledCount = 0;
    this.#settling = [];
    const isUndone = (retried: Retried): boolean =>
      retried.handled > handled || (retried.handled === handled && retried.rejected < counts.rejected);
    this.#retried = this.#retried.filter((retried) => !isUndone(retried));
    this.#settle(handled);
    const isForgotten = (payload: Payload): boolean => payload.handled >= handled;
    this.#forgotten.push(...this.#unsure, ...this.#sure.filter(isForgotten));
    this.#unsure = [];
    this.#sure = this.#sure.filter((payload) => !isForgotten(payload));
    this.#spans.clear();
    for (const payload of this.#sure) this.#trust(payload);
  }

  /** How many points that count are sure once the cursor has handled so much: what its books must say. */
  countSure(handled: number, isCounted: (point: IntakePoint) => boolean = () => true): number {
    this.#settle(handled);
    const sure = [...this.#sure, ...this.#retried].flatMap(({ points }) => points).filter(isCounted);
    return new Set(sure.map(({ series, second }) => `${second} ${series}`)).size;
  }

  /** Whether a series may go back in time, as the clock did. */
  get isOutOfOrder(): boolean {
    return this.#traits.isForgetful && this.shifts > 0;
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
    const violation = this.#judgeBySure(series, second, from);
    if (violation !== undefined) {
      this.violations.push(violation);
      return;
    }
    if (this.isOutOfOrder || this.#traits.isChanging || this.#held.get(series)?.has(second)) return;
    // A new point goes behind one that nobody knew of only where moments were moved since that was sent.
    const isBehind = (payload: Payload): boolean =>
      payload.shifts === this.shifts &&
      payload.from <= from &&
      payload.points.some((other) => other.series === series && other.second > second);
    if (![...this.#unsure, ...this.#forgotten].some(isBehind)) return;
    if (this.#returned > 0) this.#returned -= 1;
    else this.violations.push(`${series} went back in time to ${second}`);
  }

  #judgeBySure(series: string, second: number, from: number): string | undefined {
    if (this.isOutOfOrder) return undefined;
    const spans = this.#spans.get(series) ?? [];
    const before = spans.filter((span) => span.from <= from);
    const sureUntil = Math.max(0, ...before.map(({ last }) => last));
    const isRepeated = this.#traits.isExact && this.shifts === 0 && second === sureUntil;
    if (second < sureUntil || isRepeated)
      return `${series} came at ${second}, when ${sureUntil} was known to be delivered`;
    const after = spans.filter((span) => span.from > from);
    const sureFrom = Math.min(...after.map(({ first }) => first));
    return second >= sureFrom
      ? `${series} came at ${second} behind newer samples that hold ${sureFrom} and on`
      : undefined;
  }
}
