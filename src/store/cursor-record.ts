/**
 * The on-disk form of a cursor, and of the samples its intake refused.
 *
 * ```
 * struct Cursor {                                    // payload of a record, version 1
 *   varint position;
 *   varint n; varint counts[n];                      // in the order of CURSOR_COUNTS
 *   struct { varint sequence; Tally tally; } opening;
 *   varint setAsideCount;
 *   varint m; struct { zigzag series; zigzag second; } seconds[m];
 * }
 * struct SetAside {                                  // payload of a record, version 1
 *   varint sequence; varint series; f64 at; f64 value; text answer;
 * }
 * ```
 *
 * `seconds` is sorted by series and both its numbers are differences to the entry before, so that the usual entry,
 * the next series in the same second, takes two bytes.
 */

import { CURSOR_COUNTS, type CursorCounts, type DeliveredSeconds, type SetAside } from "../model/log.ts";
import type { SeriesId } from "../model/series.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import type { CursorState } from "./cursor-state.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";
import { readTally, writeTally } from "./tally.ts";

const CURSOR_VERSION = 1;
const SET_ASIDE_VERSION = 1;

/** Refused samples kept for each cursor; a newer one takes the place of the oldest. */
export const SET_ASIDE_MAX = 10_000;

/** Encodes a cursor. */
export function encodeCursor(state: CursorState): Uint8Array {
  const writer = startRecord(CURSOR_VERSION, 64 + 4 * state.seconds.size);
  writer.varint(state.position);
  writer.varint(CURSOR_COUNTS.length);
  for (const key of CURSOR_COUNTS) writer.varint(state.counts[key]);
  writer.varint(state.opening.sequence);
  writeTally(writer, state.opening.tally);
  writer.varint(state.setAsideCount);
  writeSeconds(writer, state.seconds);
  return sealRecord(writer);
}

/** Decodes a cursor; undefined when it is damaged. Shape: a whole record. */
export function decodeCursor(bytes: Uint8Array): CursorState | undefined {
  const reader = openRecord(bytes, CURSOR_VERSION);
  if (reader === undefined) return undefined;
  const state = {
    position: reader.varint(),
    counts: readCounts(reader),
    opening: { sequence: reader.varint(), tally: readTally(reader) },
    setAsideCount: reader.varint(),
    seconds: readSeconds(reader),
  };
  return reader.isBroken ? undefined : state;
}

/** Encodes a refused sample. */
export function encodeSetAside(sample: SetAside): Uint8Array {
  const writer = startRecord(SET_ASIDE_VERSION);
  writer.varint(sample.sequence);
  writer.varint(sample.series);
  writer.f64(sample.at);
  writer.f64(sample.value);
  writer.text(sample.answer);
  return sealRecord(writer);
}

/** Decodes a refused sample; undefined when it is damaged. Shape: a whole record. */
export function decodeSetAside(bytes: Uint8Array): SetAside | undefined {
  const reader = openRecord(bytes, SET_ASIDE_VERSION);
  if (reader === undefined) return undefined;
  const sample = {
    sequence: reader.varint(),
    series: reader.varint(),
    at: reader.f64(),
    value: reader.f64(),
    answer: reader.text(),
  };
  return reader.isBroken ? undefined : sample;
}

function readCounts(reader: ByteReader): CursorCounts {
  const written = reader.varint();
  const counts = { delivered: 0, collapsed: 0, tooOld: 0, logFull: 0, unreadable: 0, rejected: 0, thinned: 0 };
  for (const key of CURSOR_COUNTS.slice(0, written)) counts[key] = reader.varint();
  return counts;
}

function writeSeconds(writer: ByteWriter, seconds: DeliveredSeconds): void {
  const ids = Uint32Array.from(seconds.keys()).sort();
  writer.varint(ids.length);
  let seriesBefore = 0;
  let secondBefore = 0;
  for (const series of ids) {
    const second = seconds.get(series) ?? 0;
    writer.zigzag(series - seriesBefore);
    writer.zigzag(second - secondBefore);
    seriesBefore = series;
    secondBefore = second;
  }
}

function readSeconds(reader: ByteReader): DeliveredSeconds {
  const count = reader.varint();
  const seconds = new Map<SeriesId, number>();
  let series = 0;
  let second = 0;
  for (let index = 0; index < count && !reader.isBroken; index += 1) {
    series += reader.zigzag();
    second += reader.zigzag();
    seconds.set(series, second);
  }
  return seconds;
}
