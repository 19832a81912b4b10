/** The contract between the log and what keeps its samples: LevelDB, or in tests a plain array. */

import type { EarlierRun, LogSlice, Loss, Sequence, SetAside, WriteCounts } from "../model/log.ts";
import type { CursorReport, Inspection, LevelSurvey, LogPage, PageQuery } from "../model/log-care.ts";
import type { SampleBatch } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import type { CursorPlace, CursorState } from "./cursor-state.ts";
import type { EpochTable } from "./epochs.ts";
import type { Stretch } from "./gaps.ts";
import type { EventChange, HeldEvents } from "./held-events.ts";
import type { Holding } from "./holding-database.ts";
import type { Segment } from "./pending.ts";
import type { SeriesTable } from "./series-table.ts";
import type { StampedServiceCheck } from "./service-check-record.ts";
import type { LogState } from "./state-record.ts";

/** What becomes of refused samples that are held. */
export interface SetAsideChange {
  readonly gone: ReadonlySet<Sequence>;
  /** Take the place of those of the same sequence. */
  readonly changed: readonly SetAside[];
}

/**
 * Keeps samples and cursors. Everything but `range` and `prepareSeal` is called one at a time; whatever throws has
 * changed nothing that can be seen here but what cursors lost to the size limit, and may be tried again.
 */
export interface LogStorage {
  readonly state: LogState;
  /** Encoded blocks held. Units: bytes. */
  readonly bytes: number;
  readonly blockCount: number;
  /** What was written and is only in memory, because the disk does not take it; undefined when all is well. */
  readonly holding: Holding | undefined;
  /** What was written since it was opened. */
  readonly written: WriteCounts;
  readonly losses: readonly Loss[];
  /** Moment of the oldest sample held. Units: milliseconds since 1970; undefined when there is none. */
  readonly oldestAt: number | undefined;
  readonly series: SeriesTable;
  readonly epochs: EpochTable;
  /** What an earlier run left; the log keeps the later ones itself. */
  readonly serviceChecks: readonly StampedServiceCheck[];
  readonly events: HeldEvents;
  /** Undefined where there was none. */
  readonly earlier: EarlierRun | undefined;
  /** Places earlier epochs by the clock of the one that runs, durably, where that is still to be done. */
  placeEpochs(): Promise<void>;
  /** Gives the rows of a segment their sequences and writes all of it; makes room first if need be. */
  commitSegment(segment: Segment, isSynced: boolean): Promise<void>;
  /** Drops what every cursor has passed and what has outlived its use. */
  expireHistory(): Promise<void>;
  /** Makes durable what was written. */
  sync(): Promise<void>;
  /**
   * Merges a run of small blocks, if one is long enough, while others use the storage. What it gives puts the merged
   * block in their place, and wants a turn of its own.
   */
  prepareSeal(): Promise<(() => Promise<void>) | undefined>;
  /** From now on only these cursors keep samples from going. */
  keepFor(cursorNames: readonly string[]): void;
  /**
   * What the cursors that keep samples have still to pass, in order; everything when there is none. Shape: never empty,
   * the last stretch without end.
   */
  readonly needed: readonly Stretch[];
  /** As `Log` gives it. */
  momentOf(sequence: Sequence): number | undefined;
  /** Finds a cursor, or makes one at the oldest sample held. */
  openCursor(name: string): Promise<CursorPlace>;
  /** Reads the rows between two sequences that are held, `from` inclusive to `to` exclusive. */
  slice(from: Sequence, to: Sequence): Promise<LogSlice>;
  /** Puts a cursor's next state in the place of the one it has, and drops what has outlived its use. */
  commitCursor(place: CursorPlace, next: CursorState, setAside: readonly SetAside[], isSynced: boolean): Promise<void>;
  /** Sequences of the refused samples that are held of a cursor. */
  heldSetAside(name: string): ReadonlySet<Sequence>;
  /** Reads them, by sequence. */
  readSetAside(name: string): Promise<readonly SetAside[]>;
  /** Takes refused samples out or replaces them, and in the same write puts the cursor's next state, if any. */
  commitSetAside(name: string, next: CursorState | undefined, change: SetAsideChange, isSynced: boolean): Promise<void>;
  /** Reads one series between two moments, both inclusive, oldest first. Units: milliseconds since 1970. */
  range(series: SeriesId, from: number, to: number): Promise<SampleBatch>;
  /** The blocks by level. */
  survey(): readonly LevelSurvey[];
  /** Every cursor, with or without a reader. */
  listCursors(): readonly CursorReport[];
  /** Forgets a cursor, what it set aside, and the samples that only it kept. */
  dropCursor(name: string): Promise<void>;
  /** Reads samples in the order they came. */
  page(query: PageQuery): Promise<LogPage>;
  /**
   * Looks through all that is on the disk, while others use the storage, for damage that reading would trip over. Gives
   * whether there is any; the next write mends it.
   */
  check(): Promise<boolean>;
  /** Looks at blocks from a sequence on; `isRepairing` mends what it finds. */
  inspect(from: Sequence, isRepairing: boolean): Promise<Inspection>;
  /** Makes a change of the events durable that was planned of what is held now. */
  commitEvents(change: EventChange): Promise<void>;
  /** Closes it; `isClean` says that nothing was left to write. */
  close(isClean: boolean): Promise<void>;
}
