/**
 * The on-disk form of a cursor, and of the samples its intake refused.
 *
 * ```
 * struct Cursor {                                    // payload of a record, version 4
 *   varint position;
 *   varint n; varint counts[n];                      // in the order of CURSOR_COUNTS
 *   struct { varint sequence; Tally tally; } opening;
 *   varint setAsideCount;
 *   Moments moments;
 *   varint g;                                        // versions 1 and 2 end before this
 *   struct { varint skipped, length; Moments moments, ceilings; } gaps[g];
 *   varint s;                                        // version 3 ends before this
 *   struct { varint dayAt, dayBytes, monthAt, monthBytes; } spent[s];   // one where it is counted, else none
 * }
 * struct Moments {
 *   varint grain;                                    // version 1 has none, and means 1000
 *   varint m; struct { zigzag series; zigzag grains; } moments[m];
 * }
 * struct SetAside {                                  // payload of a record, version 1
 *   varint sequence; varint series; f64 at; f64 value; text answer;
 * }
 * ```
 *
 * `moments` is sorted by series, and both its numbers are differences to the entry before. The grain is the largest
 * number of milliseconds that all moments are multiples of: at an intake that keeps seconds the usual entry, the next
 * series in the same second, takes two bytes. A gap begins `skipped` sequences after the end of the one before it.
 */

import { CURSOR_COUNTS, type CursorCounts, type DeliveredMoments, type SetAside, type Spent } from "../model/log.ts";
import type { SeriesId } from "../model/series.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { type CursorState, NO_COUNTS } from "./cursor-state.ts";
import type { Gap } from "./gaps.ts";
import { openRecord, sealRecord, startRecord, versionOf } from "./record.ts";
import { readTally, writeTally } from "./tally.ts";

const CURSOR_VERSION = 4;
const CURSOR_VERSION_WITHOUT_SPENT = 3;
const CURSOR_VERSION_OF_ONE_LANE = 2;
const CURSOR_VERSION_OF_SECONDS = 1;
const SET_ASIDE_VERSION = 1;

/** Refused samples kept for each cursor; a newer one takes the place of the oldest. */
export const SET_ASIDE_MAX = 10_000;

/** Encodes a cursor. */
export function encodeCursor(state: CursorState): Uint8Array {
  const writer = startRecord(CURSOR_VERSION, 64 + 4 * state.moments.size);
  writer.varint(state.position);
  writer.varint(CURSOR_COUNTS.length);
  for (const key of CURSOR_COUNTS) writer.varint(state.counts[key]);
  writer.varint(state.opening.sequence);
  writeTally(writer, state.opening.tally);
  writer.varint(state.setAsideCount);
  writeMoments(writer, state.moments);
  writeGaps(writer, state.gaps);
  writeSpent(writer, state.spent);
  return sealRecord(writer);
}

/** Decodes a cursor; undefined when it is damaged. Shape: a whole record. */
export function decodeCursor(bytes: Uint8Array): CursorState | undefined {
  const version = versionOf(bytes) ?? 0;
  if (version < CURSOR_VERSION_OF_SECONDS || version > CURSOR_VERSION) return undefined;
  const reader = openRecord(bytes, version);
  if (reader === undefined) return undefined;
  const state = {
    position: reader.varint(),
    counts: readCounts(reader),
    opening: { sequence: reader.varint(), tally: readTally(reader) },
    setAsideCount: reader.varint(),
    moments: readMoments(reader, version === CURSOR_VERSION_OF_SECONDS ? 1000 : reader.varint()),
    gaps: version <= CURSOR_VERSION_OF_ONE_LANE ? [] : readGaps(reader),
    spent: version <= CURSOR_VERSION_WITHOUT_SPENT ? undefined : readSpent(reader),
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
  const counts = { ...NO_COUNTS };
  for (const key of CURSOR_COUNTS.slice(0, written)) counts[key] = reader.varint();
  return counts;
}

function writeGaps(writer: ByteWriter, gaps: readonly Gap[]): void {
  writer.varint(gaps.length);
  let before = 0;
  for (const { position, end, moments, ceilings } of gaps) {
    writer.varint(position - before);
    writer.varint(end - position);
    writeMoments(writer, moments);
    writeMoments(writer, ceilings);
    before = end;
  }
}

function readGaps(reader: ByteReader): readonly Gap[] {
  const count = reader.varint();
  const gaps: Gap[] = [];
  let before = 0;
  for (let index = 0; index < count && !reader.isBroken; index += 1) {
    const position = before + reader.varint();
    const end = position + reader.varint();
    const moments = readMoments(reader, reader.varint());
    gaps.push({ position, end, moments, ceilings: readMoments(reader, reader.varint()) });
    before = end;
  }
  return gaps;
}

function writeSpent(writer: ByteWriter, spent: Spent | undefined): void {
  writer.varint(spent === undefined ? 0 : 1);
  if (spent === undefined) return;
  for (const part of [spent.dayAt, spent.dayBytes, spent.monthAt, spent.monthBytes]) writer.varint(part);
}

function readSpent(reader: ByteReader): Spent | undefined {
  if (reader.varint() === 0) return undefined;
  return {
    dayAt: reader.varint(),
    dayBytes: reader.varint(),
    monthAt: reader.varint(),
    monthBytes: reader.varint(),
  };
}

function writeMoments(writer: ByteWriter, moments: DeliveredMoments): void {
  const ids = Uint32Array.from(moments.keys()).sort();
  const grain = grainOf(moments);
  writer.varint(grain);
  writer.varint(ids.length);
  let seriesBefore = 0;
  let momentBefore = 0;
  for (const series of ids) {
    const moment = moments.get(series) ?? 0;
    writer.zigzag(series - seriesBefore);
    writer.zigzag((moment - momentBefore) / grain);
    seriesBefore = series;
    momentBefore = moment;
  }
}

function readMoments(reader: ByteReader, grain: number): DeliveredMoments {
  const count = reader.varint();
  const moments = new Map<SeriesId, number>();
  let series = 0;
  let moment = 0;
  for (let index = 0; index < count && !reader.isBroken; index += 1) {
    series += reader.zigzag();
    moment += reader.zigzag() * grain;
    moments.set(series, moment);
  }
  return moments;
}

/** The largest number that divides all moments; 1 where there are none. */
function grainOf(moments: DeliveredMoments): number {
  let grain = 0;
  for (const moment of moments.values()) {
    let rest = Math.abs(moment);
    while (rest !== 0) [grain, rest] = [rest, grain % rest];
    if (grain === 1) break;
  }
  return grain === 0 ? 1 : grain;
}
