/**
 * The counts of the log as a whole, rewritten in the same write as whatever changes them.
 *
 * ```
 * struct State {             // payload of a record, version 1
 *   varint head;             // sequence of the oldest block; no walk starts before it
 *   varint end;              // sequence after the newest sample
 *   varint seriesCount;      // ids given to series, so that a lost definition never gives one away twice
 *   Tally  tally;            // tally.ts
 * }
 * ```
 */

import type { Sequence, Tally } from "../model/log.ts";
import { EMPTY_TALLY } from "../model/tally.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import { STATE_KEY } from "./keys.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";
import { readTally, writeTally } from "./tally.ts";

const VERSION = 1;

/** What the log knows of itself on disk. */
export interface LogState {
  readonly head: Sequence;
  readonly end: Sequence;
  readonly seriesCount: number;
  readonly tally: Tally;
}

/** The state of a log that has taken nothing yet. */
export const EMPTY_STATE: LogState = { head: 0, end: 0, seriesCount: 0, tally: EMPTY_TALLY };

/** The write that keeps it. */
export function stateOperation(state: LogState): DatabaseOperation {
  return { type: "put", key: STATE_KEY, value: encodeState(state) };
}

/** Encodes a state record. */
export function encodeState(state: LogState): Uint8Array {
  const writer = startRecord(VERSION);
  writer.varint(state.head);
  writer.varint(state.end);
  writer.varint(state.seriesCount);
  writeTally(writer, state.tally);
  return sealRecord(writer);
}

/** Decodes a state record; undefined when it is damaged. Shape: a whole record. */
export function decodeState(bytes: Uint8Array): LogState | undefined {
  const reader = openRecord(bytes, VERSION);
  if (reader === undefined) return undefined;
  const state = {
    head: reader.varint(),
    end: reader.varint(),
    seriesCount: reader.varint(),
    tally: readTally(reader),
  };
  return reader.isBroken ? undefined : state;
}
