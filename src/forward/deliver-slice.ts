/**
 * Brings one slice of a lane to an intake, range by range from left to right.
 *
 * A range that is accepted moves the lane to its end. One that is too big, or holds something the intake refuses, is
 * halved until it is accepted or a single sample is left. Order per series is kept, and nothing is sent twice unless
 * its answer was lost. Where one sample within the limits is called too big, something in between is at fault: it is
 * tried again later.
 *
 * A single sample that was refused is believed to be at fault only once the intake has accepted a later one: an intake
 * that refuses everything (a wrong kind of intake, a broken proxy) would otherwise empty the log. Until then the lane
 * stays before it, and its next slice is longer (lane-delivery.ts): what follows may not go there at all, as where an
 * intake thins. An answer that names the fault of a sample is believed at once. After the end of a gap there is no
 * later one: there it counts what the intake has taken since by another lane.
 *
 * A sample stamped ahead of the clock waits until its time has come, and so does what comes after it. Further ahead
 * than the intake takes it would be accepted and lost there, and a person is asked: most often it is the clock that is
 * wrong now, on a board that started without network.
 */

import assert from "node:assert/strict";
import type { PointBatch, Verdict } from "../model/intake.ts";
import type { Lane, LogSlice, SetAside, Spent } from "../model/log.ts";
import { SampleBuilder } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import { millis } from "../model/time.ts";
import { type AskParts, askIntake, toKeptAnswer, toShownAnswer } from "./ask-intake.ts";
import { type AgeWindow, earliestOf, momentsAfter, type RangeCounts, toPoints } from "./batch.ts";
import type { PreContext, SliceWithCopies } from "./pre-context.ts";
import { halveRange, type RowRange, rowCount, wholeRange } from "./row-range.ts";

/**
 * Samples refused one by one, with none accepted between, after which the intake is doubted instead of them: more than
 * most devices have points, and few enough to spare a metered link.
 */
const REFUSALS_MAX = 50;

/** Refusals at the end of a slice that need no person yet: a later sample is likely to settle it. */
const REFUSALS_FEW = 10;

/** What delivering a slice needs. */
export interface DeliveryParts extends AskParts {
  readonly lane: Lane;
  /** What the intake takes, told anew for each request. */
  readonly window: () => AgeWindow;
  /** Finds what goes ahead of something anomalous; leaving it out means that nothing does. */
  readonly context?: PreContext;
  /** Rows of one request; leaving it out means as many as the intake takes points. */
  readonly rowCountMax?: number;
  /** Whether something else is to go before the rest of the slice; leaving it out means that nothing is. */
  readonly isUrgent?: () => boolean;
  /** Whether the slice ends before what is too old, so that it is kept; leaving it out means that it expires. */
  readonly isHoldingOld?: boolean;
  /** Whether the intake has taken other samples since it refused what the lane ends with; leaving it out means no. */
  readonly isTakingOthers?: boolean;
  /** Hears what was accepted; leaving it out means that nobody does. */
  readonly onAccepted?: (points: PointBatch) => void;
  /** What a metered uplink has carried by now, to be kept; leaving it out means that nothing is counted. */
  readonly spent?: () => Spent | undefined;
}

/**
 * Why a slice was not delivered to its end; the lane stands where the intake's acceptance ended. Where it lies in the
 * samples and not in the intake, other lanes may go on.
 */
export type Interruption = Extract<Verdict, { kind: "retry" | "hold" }> & {
  readonly isOfSamples?: true;
  /** Whether it would be over once a later sample is accepted, which may come after the slice. */
  readonly isInDoubt?: true;
};

/** A range that is dealt with and waits for the cursor to pass it. */
interface Settled {
  readonly range: RowRange;
  readonly counts: RangeCounts;
  /** The answer that refused its one sample; absent where nothing was refused, or a copy, which nobody counts. */
  readonly refusal?: string;
  /** Whether the answer may be about the intake rather than the sample. */
  readonly isDoubtful?: boolean;
}

/**
 * Delivers a slice; undefined when the lane has passed all of it, or something else is to go first, or what goes ahead
 * of the rest would be too much for one time.
 *
 * Errors: `INTAKE_UNREACHABLE`, `STORE_FAILED`.
 */
export async function deliverSlice(read: LogSlice, parts: DeliveryParts): Promise<Interruption | undefined> {
  const { window, isHoldingOld } = parts;
  const { oldestAt, presentAt } = window();
  const aheadRow = findAhead(read, wholeRange(read), presentAt);
  const oldRow = isHoldingOld === true ? findOlder(read, wholeRange(read), oldestAt) : undefined;
  const stopRow = Math.min(aheadRow ?? read.batch.count, oldRow ?? read.batch.count);
  const wanted = stopRow === read.batch.count ? read : sliceBefore(read, stopRow);
  const slice = (await parts.context?.addTo(wanted, window(), parts.lane)) ?? wanted;
  const outcome = await deliverRanges(slice, parts);
  if (outcome === "left") return undefined;
  if (outcome !== "passed") return outcome;
  const isAtAhead = aheadRow !== undefined && aheadRow === stopRow && slice.to === wanted.to;
  return isAtAhead ? holdAhead(read, aheadRow, parts) : undefined;
}

/** Delivers a slice of which nothing is ahead of the clock; tells whether all of it was passed, or the rest left. */
async function deliverRanges(slice: SliceWithCopies, parts: DeliveryParts): Promise<Interruption | "passed" | "left"> {
  const { lane, window, isUrgent, isHoldingOld, rowCountMax = parts.intake.limits.pointCountMax } = parts;
  const waiting = slice.to > slice.from ? [wholeRange(slice)] : [];
  let settled: Settled[] = [];
  for (let range = waiting.pop(); range !== undefined; range = waiting.pop()) {
    const aheadNow = findAhead(slice, range, window().presentAt);
    if (aheadNow !== undefined) return holdAhead(slice, aheadNow, parts);
    // Time has passed since the slice was read: what has grown too old meanwhile is held by the next turn.
    if (isHoldingOld === true && findOlder(slice, range, window().oldestAt) !== undefined) return "left";
    if (rowCount(range) > rowCountMax) {
      waiting.push(...halveRange(slice, range).toReversed());
      continue;
    }
    const { points, counts } = toPoints(slice, range, window(), lane);
    if (points.count === 0) {
      settled.push({ range, counts });
      continue;
    }
    const verdict = await askIntake(points, parts);
    switch (verdict.kind) {
      case "accepted":
        settled.push({ range, counts });
        parts.onAccepted?.(points);
        await commit(slice, settled, points, parts);
        settled = [];
        if (isUrgent?.() === true || isHoldingOld === true) return "left";
        break;
      case "split":
      case "rejected": {
        if (rowCount(range) > 1) {
          waiting.push(...halveRange(slice, range).toReversed());
          break;
        }
        if (verdict.kind === "split")
          return { kind: "retry", reason: `${verdict.reason}, for a payload of one sample`, isOfSamples: true };
        const refusal = toKeptAnswer(verdict.reason);
        const isCopy = slice.isCopy?.[range.firstRow] === 1;
        settled.push({ range, counts, ...(isCopy ? {} : { refusal, isDoubtful: verdict.isSure !== true }) });
        if (settled.length < REFUSALS_MAX) break;
        if (settled.filter(isDoubtful).length >= REFUSALS_MAX) return doubt(slice, settled, parts);
        if (!settled.some(isDoubtful)) {
          await commit(slice, settled, undefined, parts);
          settled = [];
        }
        break;
      }
      default:
        return verdict;
    }
  }
  const isBelieved = parts.isTakingOthers === true && slice.to === lane.end;
  if (settled.some(isDoubtful) && !isBelieved) return doubt(slice, settled, parts);
  if (settled.length > 0) await commit(slice, settled, undefined, parts);
  return "passed";
}

/** Moves the lane past what is settled. */
async function commit(
  slice: LogSlice,
  settled: readonly Settled[],
  points: PointBatch | undefined,
  { lane, window, spent }: DeliveryParts,
): Promise<void> {
  const first = settled[0];
  const last = settled.at(-1);
  assert(first !== undefined && last !== undefined);
  const sum = { delivered: 0, collapsed: 0, tooOld: 0, heldBack: 0, unreadable: 0, thinned: 0, rejected: 0 };
  const setAside: SetAside[] = [];
  for (const { range, counts, refusal } of settled) {
    sum.tooOld += counts.tooOld;
    sum.heldBack += counts.heldBack;
    sum.unreadable += counts.unreadable;
    sum.thinned += counts.thinned;
    if (refusal === undefined) {
      sum.delivered += counts.delivered;
      sum.collapsed += counts.collapsed;
    } else {
      sum.rejected += 1;
      setAside.push(toSetAside(slice, range, refusal, window()));
    }
  }
  const { to } = last.range;
  const counted = Object.values(sum).reduce((total, count) => total + count, 0);
  assert.equal(counted, to - first.range.from, "a step of a lane must count each of its samples once");
  const moments = momentsAfter(lane.moments, points, window());
  const earliest = points === undefined ? new Map() : earliestOf(points);
  const carried = spent?.();
  await lane.commit({ to, counts: sum, moments, earliest, setAside, ...(carried && { spent: carried }) });
}

/** Takes what of a slice comes before one of its rows. */
function sliceBefore(slice: LogSlice, endRow: number): LogSlice {
  const batch = new SampleBuilder(endRow);
  batch.pushAll(slice.batch, 0, endRow);
  return { ...slice, to: slice.sequences[endRow] as number, batch, sequences: slice.sequences.subarray(0, endRow) };
}

/** Finds the first row of a range that is older than a moment, and no copy: those are left out. */
function findOlder(
  { batch, isCopy }: SliceWithCopies,
  { firstRow, endRow }: RowRange,
  oldestAt: number,
): number | undefined {
  for (let row = firstRow; row < endRow; row += 1) {
    if ((batch.at[row] as number) < oldestAt && isCopy?.[row] !== 1) return row;
  }
  return undefined;
}

/** Finds the first row of a range that is ahead of a clock, which may have been put back since the slice began. */
function findAhead({ batch }: LogSlice, { firstRow, endRow }: RowRange, presentAt: number): number | undefined {
  for (let row = firstRow; row < endRow; row += 1) if ((batch.at[row] as number) > presentAt) return row;
  return undefined;
}

/** Keeps what is stamped ahead, until it is not. */
function holdAhead(slice: LogSlice, row: number, { seriesOf, window }: DeliveryParts): Interruption {
  const { metric } = seriesOf(slice.batch.series[row] as SeriesId);
  const at = slice.batch.at[row] as number;
  const { newestAt, presentAt } = window();
  if (at <= newestAt) {
    const ahead = millis(at - presentAt);
    const found = `a sample of ${metric} is stamped ${Math.ceil(ahead / 1000)} s ahead of the clock`;
    return {
      kind: "retry",
      reason: `${found}; it and what came after wait for that time`,
      after: ahead,
      isOfSamples: true,
    };
  }
  const minutes = Math.ceil((at - newestAt) / 60_000);
  const found = `a sample of ${metric} is stamped ${minutes} min further ahead of the clock than the intake takes`;
  const reason = `${found}; it and what came after wait: set the clock if it is wrong`;
  return { kind: "hold", reason, isOfSamples: true };
}

function isDoubtful(settled: Settled): boolean {
  return settled.isDoubtful === true;
}

/** Leaves refused samples in the log, because nothing shows yet that the intake would take any. */
function doubt(slice: LogSlice, settled: readonly Settled[], { intake, seriesOf }: DeliveryParts): Interruption {
  const refused = settled.filter(isDoubtful);
  const [first] = refused;
  assert(first?.refusal !== undefined);
  const { metric } = seriesOf(slice.batch.series[first.range.firstRow] as SeriesId);
  const answer = toShownAnswer(first.refusal);
  const found = `the intake refused ${refused.length} samples one by one, the first of ${metric} with "${answer}"`;
  const ofDoubt = { isOfSamples: true, isInDoubt: true } as const;
  return refused.length < REFUSALS_FEW
    ? { kind: "retry", reason: `${found}; they are set aside once a later one is accepted`, ...ofDoubt }
    : {
        kind: "hold",
        reason: `${found}; none is given up: check that ${intake.url} is its right address`,
        ...ofDoubt,
      };
}

/** The series is that at the intake: by it the sample goes once more. */
function toSetAside(
  { batch, sequences }: LogSlice,
  { firstRow }: RowRange,
  answer: string,
  { routes }: AgeWindow,
): SetAside {
  const series = batch.series[firstRow] as SeriesId;
  const route = routes?.of(series, batch.flags[firstRow] as number) ?? series;
  assert(route >= 0, "what does not go is not refused");
  return {
    sequence: sequences[firstRow] as number,
    series: route,
    at: batch.at[firstRow] as number,
    value: batch.value[firstRow] as number,
    answer,
  };
}
