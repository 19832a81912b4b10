/** The contract of the log: the durable, ordered store of samples, and its cursors. */

import type { EventQueue } from "./event-queue.ts";
import type { LogCare } from "./log-care.ts";
import type { ServiceCheck } from "./note.ts";
import type { SampleBatch } from "./samples.ts";
import type { Series, SeriesId } from "./series.ts";
import type { EpochMillis, MonotonicMillis } from "./time.ts";

/**
 * The place of a sample in the log: dense, counted from 0, never used twice. Every count in `status` is a difference
 * of these. Limits: 2^53.
 */
export type Sequence = number;

/** Why a sample was dropped before the log. */
export const DROP_REASONS = [
  "out-of-range",
  "not-a-number",
  "backpressure",
  "log-full",
  "impossible-step",
  "series-limit",
  "rate-of-change",
  "stuck",
  "spike",
  "stale",
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** Samples dropped before the log, by reason; an absent reason means none. */
export type DropCounts = Readonly<Partial<Record<DropReason, number>>>;

/** What sampling counted for a batch: all it sampled, and of these what the filter dropped. */
export interface Tally {
  readonly sampled: number;
  readonly dropped: DropCounts;
}

/** Why the log lost samples it held. Those of which nobody knows any more are of `UNKNOWN_SERIES`. */
export const LOSS_REASONS = ["log-full", "thinned", "unreadable"] as const;
export type LossReason = (typeof LOSS_REASONS)[number];

/** What one series lost for one reason. Units: moments in milliseconds since 1970. */
export interface Loss {
  readonly reason: LossReason;
  readonly series: SeriesId;
  readonly count: number;
  readonly fromAt: number;
  readonly toAt: number;
}

/** What became of the samples a cursor has passed. */
export interface CursorCounts {
  /** Accepted by the intake as a point of its own. */
  readonly delivered: number;
  /** Gave way to another of its series: a later one of its moment, or an earlier one where the clock went back. */
  readonly collapsed: number;
  /** Older than the intake takes: not sent. */
  readonly tooOld: number;
  /** Lost to the size limit of the log before they were read. */
  readonly logFull: number;
  /** Unreadable on disk. */
  readonly unreadable: number;
  /** Gave way to their neighbours when the log was full, or to what tells of them where an intake thins. */
  readonly thinned: number;
  /** Not sent, because the budget of the uplink did not carry them; the log keeps them as history. */
  readonly heldBack: number;
  /** Refused by the intake one by one and set aside with its answer. */
  readonly rejected: number;
}

/** Every key of `CursorCounts`, in the order it is shown. */
export const CURSOR_COUNTS = [
  "delivered",
  "collapsed",
  "tooOld",
  "logFull",
  "unreadable",
  "rejected",
  "thinned",
  "heldBack",
] as const satisfies readonly (keyof CursorCounts)[];

/** Why a sequence has no row: its block cannot be read, or it gave way to its neighbours when the log was full. */
export type MissingReason = "unreadable" | "thinned";

/** A run of samples read from the log. */
export interface LogSlice {
  /** Sequence of the first row. */
  readonly from: Sequence;
  /** Sequence after the last row, counting rows that are missing. */
  readonly to: Sequence;
  /** The rows that are there, in sequence. */
  readonly batch: SampleBatch;
  /** Sequence of each row of `batch`. Shape: as long as `batch.count`. */
  readonly sequences: Float64Array;
  /** Why rows between `from` and `to` are missing, if any are; a slice ends before a row that is for another reason. */
  readonly missing: MissingReason;
}

/** A sample that an intake refused, with the answer that condemned it. */
export interface SetAside {
  readonly sequence: Sequence;
  /** As the intake would have it: a series of the log, or one that comes from it there. */
  readonly series: SeriesId;
  readonly at: number;
  readonly value: number;
  /** Status and the first part of the body. Limits: 500 characters. */
  readonly answer: string;
}

/**
 * The last moment of each series that an intake holds: what tells an overwrite from a new point across batches.
 *
 * Units: milliseconds since 1970, a multiple of the intake's resolution.
 */
export type DeliveredMoments = ReadonlyMap<SeriesId, number>;

/** One step of a lane. */
export interface CursorStep {
  /** The lane's new position. */
  readonly to: Sequence;
  /** Added to the counts; must add up to the distance of the step. */
  readonly counts: Partial<CursorCounts>;
  /** Replaces what was kept. */
  readonly moments: DeliveredMoments;
  /** The earliest moment of each series among what this step delivered; leaving it out means that nothing was. */
  readonly earliest?: DeliveredMoments;
  readonly setAside: readonly SetAside[];
  /** Replaces what was kept; leaving it out means that it stays. */
  readonly spent?: Spent;
}

/** What a metered uplink has carried in a day and a month that began then. Units: milliseconds since 1970, bytes. */
export interface Spent {
  readonly dayAt: number;
  readonly dayBytes: number;
  readonly monthAt: number;
  readonly monthBytes: number;
}

/** What became of samples that were set aside and sent once more; each is named by its sequence. */
export interface SetAsideStep {
  /** The intake holds them now. */
  readonly delivered: readonly Sequence[];
  /** Gave way to a later sample of their series and moment. */
  readonly collapsed: readonly Sequence[];
  /** Refused again, each with the new answer. */
  readonly refused: readonly SetAside[];
}

/** A stretch of the log that is read in order. */
export interface Lane {
  /** The first sequence not yet passed. */
  readonly position: Sequence;
  /** Where the lane ends: that of the log for the one that follows it. */
  readonly end: Sequence;
  /** What the intake holds of what came before, whichever lane it went by. */
  readonly moments: DeliveredMoments;
  /** From this moment of a series on the intake holds what came after this lane: nothing of it goes any more. */
  readonly ceilings: DeliveredMoments;
  /** Reads durable samples from the position on. Limits: at most `countMax` rows. Errors: `STORE_FAILED`. */
  read(countMax: number): Promise<LogSlice>;
  /** Moves on, durably, and frees what no cursor needs. Errors: `STORE_FAILED`. */
  commit(step: CursorStep): Promise<void>;
}

/**
 * A reader's place in the log: the lane that follows the log, and the gaps that were left behind so that it could.
 *
 * Lanes move one at a time. What one delivers, the others learn with the same write: it lifts `moments` of those after
 * it, and lowers `ceilings` of those before.
 */
export interface Cursor extends Lane {
  readonly name: string;
  /** Everything this cursor has passed since it was made. */
  readonly counts: CursorCounts;
  /** What had been sampled and dropped when this cursor was made: its books start there. */
  readonly opening: { readonly sequence: Sequence; readonly tally: Tally };
  /** What the last step that told so said its uplink had carried; undefined where none did. */
  readonly spent: Spent | undefined;
  /** What was left behind and is not passed yet, oldest first. Limits: 16. */
  readonly gaps: readonly Lane[];
  /** Samples set aside that are still held. Limits: 10,000; newer ones take the place of the oldest. */
  readonly setAsideHeld: number;
  /** Reads them, in the order of the log. Errors: `STORE_FAILED`. */
  readSetAside(): Promise<readonly SetAside[]>;
  /** Moves samples out of `rejected` and of what is set aside, but those that are gone. Errors: `STORE_FAILED`. */
  settleSetAside(step: SetAsideStep): Promise<void>;
  /** The first sequence that no lane has passed. */
  readonly needed: Sequence;
  /** Samples written that no lane has passed. */
  readonly waiting: number;
  /**
   * Goes on at `to`, durably; what waits before it becomes a gap, or makes the newest one longer where nothing has gone
   * since. Gives whether it did: not where one more gap would be too many. Errors: `STORE_FAILED`.
   */
  leave(to: Sequence): Promise<boolean>;
  /**
   * Divides the gap that `at` lies in, durably, so that its part from there on is a lane of its own. Gives whether it
   * did, as `leave` does. Errors: `STORE_FAILED`.
   */
  divide(at: Sequence): Promise<boolean>;
}

/** What a log has handed to its database since it was opened. Units: `bytes` of keys and values. */
export interface WriteCounts {
  readonly writes: number;
  /** Of the writes, those that waited for the disk. */
  readonly syncs: number;
  readonly bytes: number;
}

/** Another store that stands in for the log. Each text is one or more sentences, the last without its full stop. */
export interface StandIn {
  /** Why, and where samples are meanwhile. */
  readonly reason: string;
  /** What to do. */
  readonly remedy: string;
  /** Whether it is the disk, and the log is opened again as soon as that is well. */
  readonly endsByItself: boolean;
}

/** Says all there is to say of a stand-in. */
export function describeStandIn({ reason, remedy }: StandIn): string {
  return `${reason}. ${remedy}.`;
}

/** The state of the log, counted since it was created unless said otherwise. */
export interface LogStats {
  /** Sequence of the oldest sample still held. */
  readonly head: Sequence;
  /** Sequence after the newest sample that readers can see; a killed process keeps it. */
  readonly end: Sequence;
  /** Sequence after the newest sample that is on disk; a power cut keeps it. */
  readonly durable: Sequence;
  /** Samples taken by `append` that cannot be read yet. */
  readonly gathering: number;
  /** What a power cut would cost now: samples that are neither on disk nor passed by every cursor. */
  readonly atRisk: number;
  readonly tally: Tally;
  /** Encoded blocks held, without database overhead. Units: bytes. */
  readonly bytes: number;
  readonly blockCount: number;
  /** Moment of the oldest sample held, as `momentOf` gives it. Units: milliseconds since 1970; undefined when empty. */
  readonly oldestAt: number | undefined;
  readonly seriesCount: number;
  /** What went wrong with the last write, when it did; undefined when all is well. */
  readonly failure: string | undefined;
  /** There only where another store stands in for the log. */
  readonly standsIn?: StandIn | undefined;
  /** What is in memory because the disk does not take it; undefined when nothing is. Units: bytes. */
  readonly held?: { readonly bytes: number; readonly bytesMax: number } | undefined;
  /** Since when; undefined when all is well. */
  readonly failingSince: MonotonicMillis | undefined;
  readonly written: WriteCounts;
}

/** What the log knows of the run before this one. */
export interface EarlierRun {
  /** The last moment it is known to have written; undefined where its clock was never set. */
  readonly aliveAt: EpochMillis | undefined;
  /** Whether it closed the log, with everything it had taken on disk. */
  readonly isClean: boolean;
  /** What was found damaged or missing when the log was opened, in whole sentences. */
  readonly findings: readonly string[];
}

/** The durable, ordered store of samples. */
export interface Log {
  /** Undefined where there was none. */
  readonly earlier: EarlierRun | undefined;
  /** What happened, beside what was measured. */
  readonly events: EventQueue;
  /** What a person needs to look after it. */
  readonly care: LogCare;
  /** Finds or makes the small integer of a series. Durable with the first sample that uses it. */
  defineSeries(series: Series): SeriesId;
  /** Looks a series up. Errors: an unknown id is a bug. */
  seriesOf(id: SeriesId): Series;
  /**
   * Gives samples with what was read before the clock was set, and comes only now, on the clock as it is; the same ones
   * where none is late. `append` does so itself for who never asks: who does, asks for all that it appends.
   */
  bringOver(batch: SampleBatch): SampleBatch;
  /**
   * By how much the wall clock is ahead of the monotonic one, by what is placed that is appended now: it changes where
   * the clock is set, and nowhere else. Units: milliseconds.
   */
  clockLead(): number;
  /** Takes samples; resolves when they are durable. Copies what it keeps. Errors: `STORE_FAILED`, `STORE_CLOSED`. */
  append(batch: SampleBatch, tally: Tally): Promise<void>;
  /** Makes what was appended durable now. Errors: `STORE_FAILED`. */
  sync(): Promise<void>;
  /** Opens a reader's place; a new one starts at the oldest sample held. */
  cursor(name: string): Promise<Cursor>;
  /** From now on only these cursors keep samples from going; at first all do. */
  keepFor(cursorNames: readonly string[]): void;
  /**
   * About when the sample of a sequence was stamped, by the clock as it is now; undefined when it is not held, or waits
   * for a clock that is right and nothing tells its age until then. Units: milliseconds since 1970.
   */
  momentOf(sequence: Sequence): number | undefined;
  /** What the log itself has lost since it was made. */
  losses(): readonly Loss[];
  /** Reads one series between two moments, both inclusive, oldest first. Units: milliseconds since 1970. */
  range(series: SeriesId, from: number, to: number): Promise<SampleBatch>;
  /** Keeps the latest of each (name, tags). Errors: `STORE_FAILED`. */
  putServiceCheck(check: ServiceCheck): Promise<void>;
  /** The latest of each (name, tags), with its moment as far as that is known. */
  serviceChecks(): readonly ServiceCheck[];
  /** Whether moments are as the clock of now places them. Where they are not, that is seen to, and takes a moment. */
  arePlaced(): boolean;
  /** Calls `listener` after each time samples were written; returns what ends it. */
  onWritten(listener: () => void): () => void;
  stats(): LogStats;
  /** Makes all durable and closes. Idempotent. */
  close(): Promise<void>;
}
