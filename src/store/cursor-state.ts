/** What a cursor holds, and how it moves: by a step of a reader, by leaving a gap, and by a loss to the size limit. */

import assert from "node:assert/strict";
import {
  CURSOR_COUNTS,
  type CursorCounts,
  type CursorStep,
  type DeliveredMoments,
  type Sequence,
  type Spent,
  type Tally,
} from "../model/log.ts";
import { countDropped } from "../model/tally.ts";
import { countGaps, type Lanes, loseLanes, passLane } from "./gaps.ts";

/** Everything of a cursor that is durable. Its counts add up to `position` less `opening.sequence` and the gaps. */
export interface CursorState extends Lanes {
  readonly counts: CursorCounts;
  readonly opening: { readonly sequence: Sequence; readonly tally: Tally };
  /** Samples set aside since it was made; the newest of them are still held. */
  readonly setAsideCount: number;
  /** What its uplink had carried, where that is counted. */
  readonly spent: Spent | undefined;
}

/** The counts of a cursor that has passed nothing. */
export const NO_COUNTS: CursorCounts = {
  delivered: 0,
  collapsed: 0,
  tooOld: 0,
  logFull: 0,
  unreadable: 0,
  rejected: 0,
  thinned: 0,
  heldBack: 0,
};

/**
 * Makes a cursor at `sequence`. Its books start with what the log had taken before that sample, and with all that had
 * been dropped by now: a drop has no sequence, so none of the past can be told to be after it.
 */
export function openCursorState(sequence: Sequence, tally: Tally): CursorState {
  const { dropped } = tally;
  return {
    position: sequence,
    counts: NO_COUNTS,
    moments: new Map(),
    gaps: [],
    opening: { sequence, tally: { sampled: sequence + countDropped(dropped), dropped } },
    setAsideCount: 0,
    spent: undefined,
  };
}

/** The first sequence that no lane has passed. */
export function neededFrom({ position, gaps }: CursorState): Sequence {
  return gaps[0]?.position ?? position;
}

/** Counts what no lane has passed of a log that ends at `end`. */
export function countWaiting({ position, gaps }: CursorState, end: Sequence): number {
  return end - position + countGaps(gaps);
}

/** Where a reader believes to stand. */
export interface LaneBase {
  readonly position: Sequence;
  /** The end of its gap; undefined of the lane that follows the log. */
  readonly gapEnd?: Sequence | undefined;
}

/**
 * Moves a lane on by a step whose counts start at `base`. The size limit may have moved the lane since the reader was
 * there; of what was counted as lost, the samples that the reader did handle are taken back.
 */
export function passStep(state: CursorState, base: LaneBase, step: CursorStep): CursorState {
  const { gapEnd } = base;
  const distance = step.to - base.position;
  let told = 0;
  for (const key of CURSOR_COUNTS) {
    const count = step.counts[key] ?? 0;
    assert(Number.isSafeInteger(count) && count >= 0, `a count of a step is a whole number, not ${key} ${count}`);
    told += count;
  }
  assert.equal(told, distance, `the counts of a step add up to its distance, ${base.position} to ${step.to}`);
  assert(gapEnd === undefined || step.to <= gapEnd, `a step in a gap ends with it, at ${gapEnd}, not at ${step.to}`);
  const takenBack = Math.min(standing(state, gapEnd) - base.position, distance);
  assert(takenBack >= 0 && takenBack <= state.counts.logFull, "only the size limit moves a cursor past its reader");
  const { to, moments, earliest = new Map() } = step;
  return {
    ...passLane(state, { gapEnd, to, moments, earliest }),
    counts: {
      delivered: state.counts.delivered + (step.counts.delivered ?? 0),
      collapsed: state.counts.collapsed + (step.counts.collapsed ?? 0),
      tooOld: state.counts.tooOld + (step.counts.tooOld ?? 0),
      logFull: state.counts.logFull + (step.counts.logFull ?? 0) - takenBack,
      unreadable: state.counts.unreadable + (step.counts.unreadable ?? 0),
      rejected: state.counts.rejected + (step.counts.rejected ?? 0),
      thinned: state.counts.thinned + (step.counts.thinned ?? 0),
      heldBack: state.counts.heldBack + (step.counts.heldBack ?? 0),
    },
    setAsideCount: state.setAsideCount + step.setAside.length,
    spent: step.spent ?? state.spent,
  };
}

/**
 * Counts refused samples anew of which the intake holds some now, and some gave way. A cursor that began anew after its
 * record was damaged has not counted all that is set aside of it.
 */
export function moveRejected(state: CursorState, delivered: number, collapsed: number): CursorState {
  const { counts } = state;
  const taken = Math.min(delivered, counts.rejected);
  const overtaken = Math.min(collapsed, counts.rejected - taken);
  return {
    ...state,
    counts: {
      ...counts,
      rejected: counts.rejected - taken - overtaken,
      delivered: counts.delivered + taken,
      collapsed: counts.collapsed + overtaken,
    },
  };
}

/** Where a lane stands; at its end where it is gone. */
function standing({ position, gaps }: CursorState, gapEnd: Sequence | undefined): Sequence {
  if (gapEnd === undefined) return position;
  return gaps.find(({ end }) => end === gapEnd)?.position ?? gapEnd;
}

/** Loses everything before `sequence` to the size limit; the same state when nothing is lost. */
export function loseUntil(state: CursorState, sequence: Sequence): CursorState {
  const { lanes, lost } = loseLanes(state, sequence);
  return lost === 0 ? state : { ...lanes, counts: { ...state.counts, logFull: state.counts.logFull + lost } };
}

/** A cursor as the log keeps it while it is open. Only the storage replaces the state, when it is durable. */
export interface CursorPlace {
  readonly name: string;
  state: CursorState;
}

/**
 * The end of the last moment that an intake holds a sample of; 0 when none was delivered. Where all moments are whole
 * seconds, they were cut down to them. Units: milliseconds since 1970.
 */
export function lastDelivered(cursors: Iterable<CursorState>): number {
  let end = 0;
  for (const { moments } of cursors) {
    const span = isOfSeconds(moments) ? 1000 : 1;
    for (const moment of moments.values()) end = Math.max(end, moment + span);
  }
  return end;
}

function isOfSeconds(moments: DeliveredMoments): boolean {
  for (const moment of moments.values()) if (moment % 1000 !== 0) return false;
  return true;
}
