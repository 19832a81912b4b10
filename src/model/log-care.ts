/** The contract by which a person looks after a log: what it holds, whether it is sound, and who still reads it. */

import type { Cursor, Sequence, SetAside } from "./log.ts";
import type { SampleBatch } from "./samples.ts";
import type { Series, SeriesId } from "./series.ts";

/** Stands for the series of samples of which nobody knows any more what they were. */
export const UNKNOWN_SERIES: SeriesId = 2 ** 32 - 1;

/** The blocks of one form. Units: moments in milliseconds since 1970. */
export interface LevelSurvey {
  /** 0 as they came, 1 sealed, from 2 on thinned, each time to half. */
  readonly level: number;
  readonly blockCount: number;
  /** Without database overhead. */
  readonly bytes: number;
  /** Samples that are there. */
  readonly sampleCount: number;
  /** Of these, those whose moment waits for a clock that is right. */
  readonly unplacedCount: number;
  readonly fromAt: number;
  readonly toAt: number;
}

/** A cursor as it lies in the log, with or without a reader. */
export interface CursorReport extends Pick<Cursor, "name" | "position" | "counts" | "opening"> {
  /** What its lanes behind the one at `position` have still to pass, oldest first: sequences, the last exclusive. */
  readonly gaps: readonly { readonly from: Sequence; readonly to: Sequence }[];
  /** Whether what it has not passed is kept for it. */
  readonly keepsSamples: boolean;
  /** Samples that it has not passed: in its gaps, and between its position and the end of the log. */
  readonly lag: number;
  /** About when the oldest of these was stamped; undefined when none waits. Units: milliseconds since 1970. */
  readonly nextAt: number | undefined;
  /** Samples that its intake refused and that are still held. */
  readonly setAside: number;
}

/** Which samples are asked for. Units: moments in milliseconds since 1970, both inclusive. */
export interface PageQuery {
  /** Where to go on: 0 at first, then what the page before said. */
  readonly from: Sequence;
  readonly fromAt: number;
  readonly toAt: number;
  /** Leaving it out means all. */
  readonly series?: ReadonlySet<SeriesId>;
}

/** Some of the samples that were asked for, in the order they came. */
export interface LogPage {
  readonly batch: SampleBatch;
  /** Of each row. */
  readonly sequences: readonly Sequence[];
  /** Undefined when there are no more. */
  readonly next: Sequence | undefined;
  /** Samples of blocks that cannot be read; of some of them nobody knows whether they were asked for. */
  readonly unreadable: number;
}

/**
 * What may be wrong: a block cannot be read; its index record does not describe it; a block that no index names;
 * sequences without a block; samples of a series nobody knows; a cursor whose figures contradict each other.
 */
export const FINDING_KINDS = ["unreadable", "index", "stray", "gap", "undefined-series", "cursor"] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** What a repair does something about. */
export const MENDABLE_KINDS: ReadonlySet<FindingKind> = new Set(["unreadable", "index", "stray"]);

/** How many samples of one series a finding concerns. */
export interface SeriesCount {
  readonly series: SeriesId;
  readonly count: number;
}

/** One thing that is not as it should be. */
export interface Finding {
  readonly kind: FindingKind;
  /** A whole sentence. */
  readonly what: string;
  readonly from: Sequence;
  readonly to: Sequence;
  /** Units: milliseconds since 1970; undefined where nobody knows. */
  readonly fromAt: number | undefined;
  readonly toAt: number | undefined;
  /** Samples concerned. */
  readonly count: number;
  /** What they are of; of a block that cannot be read it is what its first bytes claim, or `UNKNOWN_SERIES`. */
  readonly series: readonly SeriesCount[];
}

/** A part of the log that was looked at. */
export interface Inspection {
  readonly blockCount: number;
  readonly sampleCount: number;
  readonly findings: readonly Finding[];
  /** Where to go on; undefined when all was looked at. */
  readonly next: Sequence | undefined;
}

/** Looks after a log while it is in use. Errors: `STORE_FAILED`, `STORE_CLOSED`, from what gives a promise. */
export interface LogCare {
  /** The blocks by level. */
  survey(): readonly LevelSurvey[];
  /** Every series whose definition is not lost. */
  series(): readonly (readonly [SeriesId, Series])[];
  cursors(): readonly CursorReport[];
  /** Forgets a cursor and what it set aside. Errors: one that keeps samples is a bug. */
  dropCursor(name: string): Promise<void>;
  /** Reads what an intake refused and the log still holds, in its order; nothing of a cursor there is not. */
  setAside(name: string): Promise<readonly SetAside[]>;
  /** Forgets refused samples for good; they stay counted as rejected. Gives how many there were. */
  dropSetAside(name: string, sequences: ReadonlySet<Sequence>): Promise<number>;
  /** Reads samples. Limits: 10,000 a page. */
  page(query: PageQuery): Promise<LogPage>;
  /** Reads and decodes blocks from a sequence on, and holds them against all that is known of them. */
  inspect(from: Sequence): Promise<Inspection>;
  /**
   * Inspects, and mends what can be: index records are written anew, and what cannot be read is put in quarantine, is
   * taken out of the log and counts as lost. Gives what was found before.
   */
  repair(from: Sequence): Promise<Inspection>;
}
