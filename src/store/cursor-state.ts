/** What a cursor holds, and the two ways it moves: a step of its reader, and a loss to the size limit. */

import assert from "node:assert/strict";
import {
  CURSOR_COUNTS,
  type CursorCounts,
  type CursorStep,
  type DeliveredMoments,
  type Sequence,
  type Tally,
} from "../model/log.ts";
import { countDropped } from "../model/tally.ts";

/** Everything of a cursor that is durable. Its counts add up to `position` less `opening.sequence`. */
export interface CursorState {
  readonly position: Sequence;
  readonly counts: CursorCounts;
  readonly moments: DeliveredMoments;
  readonly opening: { readonly sequence: Sequence; readonly tally: Tally };
  /** Samples set aside since it was made; the newest of them are still held. */
  readonly setAsideCount: number;
}

const NO_COUNTS: CursorCounts = {
  delivered: 0,
  collapsed: 0,
  tooOld: 0,
  logFull: 0,
  unreadable: 0,
  rejected: 0,
  thinned: 0,
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
    opening: { sequence, tally: { sampled: sequence + countDropped(dropped), dropped } },
    setAsideCount: 0,
  };
}

/**
 * Moves on by a step whose counts start at `base`, where the reader believes to stand. The size limit may have moved
 * the cursor since then; of what was counted as lost, the samples that the reader did handle are taken back.
 */
export function passStep(state: CursorState, base: Sequence, step: CursorStep): CursorState {
  const distance = step.to - base;
  let told = 0;
  for (const key of CURSOR_COUNTS) {
    const count = step.counts[key] ?? 0;
    assert(Number.isSafeInteger(count) && count >= 0, `a count of a step is a whole number, not ${key} ${count}`);
    told += count;
  }
  assert.equal(told, distance, `the counts of a step add up to its distance, ${base} to ${step.to}`);
  const takenBack = Math.min(state.position - base, distance);
  assert(takenBack >= 0 && takenBack <= state.counts.logFull, "only the size limit moves a cursor past its reader");
  return {
    ...state,
    position: Math.max(state.position, step.to),
    counts: {
      delivered: state.counts.delivered + (step.counts.delivered ?? 0),
      collapsed: state.counts.collapsed + (step.counts.collapsed ?? 0),
      tooOld: state.counts.tooOld + (step.counts.tooOld ?? 0),
      logFull: state.counts.logFull + (step.counts.logFull ?? 0) - takenBack,
      unreadable: state.counts.unreadable + (step.counts.unreadable ?? 0),
      rejected: state.counts.rejected + (step.counts.rejected ?? 0),
      thinned: state.counts.thinned + (step.counts.thinned ?? 0),
    },
    moments: new Map(step.moments),
    setAsideCount: state.setAsideCount + step.setAside.length,
  };
}

/** Loses everything before `sequence` to the size limit; the same state when nothing is lost. */
export function loseUntil(state: CursorState, sequence: Sequence): CursorState {
  if (sequence <= state.position) return state;
  const lost = sequence - state.position;
  return { ...state, position: sequence, counts: { ...state.counts, logFull: state.counts.logFull + lost } };
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
