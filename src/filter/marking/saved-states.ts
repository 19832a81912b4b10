/**
 * What all detectors know, as the bytes of one file: a head with version and checksum, then the series one after the
 * other, each compressed by itself so that it can be carried over unread.
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | TGDT |
 * | 2 | version |
 * | 4 | CRC-32 of all that follows |
 * | each: 4 | how long the record is |
 * | each: 2 + n | name of the series |
 * | each: 2 + n | what it was learned with |
 * | each: 8 | when it was saved |
 * | each: rest | numbers and detector, deflated |
 */

import { constants, crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { epochMillis } from "../../model/time.ts";
import { type SavedSeries, SERIES_SLOTS } from "./watched-series.ts";

const MARK = 0x54444754;
const VERSION = 2;
const HEAD_BYTES = 10;

/** No detector holds more; a length beyond is no length. Units: bytes. */
const STATE_BYTES_MAX = 1 << 20;

const SLOT_BYTES = SERIES_SLOTS * Float64Array.BYTES_PER_ELEMENT;

/** A series as it stands in the file. */
export interface PackedSeries {
  readonly name: string;
  readonly savedAt: number;
  readonly bytes: Uint8Array;
}

/** Packs what is known of a series. */
export function packSeries(name: string, { settings, savedAt, slots, detector }: SavedSeries): PackedSeries {
  const state = new Uint8Array(SLOT_BYTES + detector.length);
  state.set(new Uint8Array(slots.buffer, slots.byteOffset, SLOT_BYTES));
  state.set(detector, SLOT_BYTES);
  const texts = [name, settings].map((text) => Buffer.from(text));
  const length = Buffer.alloc(2);
  const parts = texts.flatMap((text) => {
    length.writeUInt16LE(text.length);
    return [Buffer.from(length), text];
  });
  const moment = Buffer.alloc(8);
  moment.writeDoubleLE(savedAt);
  const packed = deflateRawSync(state, { level: constants.Z_BEST_SPEED });
  return { name, savedAt, bytes: Buffer.concat([...parts, moment, packed]) };
}

/** Unpacks it; undefined where it is not what this version writes. Shape: what `packSeries` gave. */
export function unpackSeries({ bytes }: PackedSeries): SavedSeries | undefined {
  const { settings, savedAt, offset } = readHead(bytes);
  let state: Uint8Array;
  try {
    state = inflateRawSync(bytes.subarray(offset), { maxOutputLength: STATE_BYTES_MAX });
  } catch {
    return undefined;
  }
  if (state.length < SLOT_BYTES) return undefined;
  const slots = new Float64Array(SERIES_SLOTS);
  new Uint8Array(slots.buffer).set(state.subarray(0, SLOT_BYTES));
  return { settings, savedAt: epochMillis(savedAt), slots, detector: new Uint8Array(state.subarray(SLOT_BYTES)) };
}

/** Makes the file. */
export function joinStates(series: readonly PackedSeries[]): Uint8Array {
  const body = Buffer.concat(
    series.flatMap(({ bytes }) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(MARK, 0);
  head.writeUInt16LE(VERSION, 4);
  head.writeUInt32LE(crc32(body), 6);
  return Buffer.concat([head, body]);
}

/** What a file held, or in words what is wrong with it. */
export type ReadStates =
  | { readonly series: readonly PackedSeries[]; readonly fault?: undefined }
  | { readonly series: readonly []; readonly fault: string };

/** Reads a file. Shape: what `joinStates` gave, or anything. */
export function readStates(file: Uint8Array): ReadStates {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (bytes.length < HEAD_BYTES || bytes.readUInt32LE(0) !== MARK) {
    return { series: [], fault: "was written by another program, or cut short" };
  }
  const version = bytes.readUInt16LE(4);
  if (version !== VERSION) return { series: [], fault: `is of version ${version}, where ${VERSION} was expected` };
  const body = bytes.subarray(HEAD_BYTES);
  if (crc32(body) !== bytes.readUInt32LE(6)) return { series: [], fault: "is damaged: its checksum is wrong" };
  const series: PackedSeries[] = [];
  for (let offset = 0; offset < body.length; ) {
    const end = offset + 4 + body.readUInt32LE(offset);
    const record = body.subarray(offset + 4, end);
    const { name, savedAt } = readHead(record);
    series.push({ name, savedAt, bytes: record });
    offset = end;
  }
  return { series };
}

/** Reads what stands before the state. The checksum has shown that it is there. */
function readHead(record: Uint8Array) {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
  const nameEnd = 2 + bytes.readUInt16LE(0);
  const settingsEnd = nameEnd + 2 + bytes.readUInt16LE(nameEnd);
  return {
    name: bytes.toString("utf8", 2, nameEnd),
    settings: bytes.toString("utf8", nameEnd + 2, settingsEnd),
    savedAt: bytes.readDoubleLE(settingsEnd),
    offset: settingsEnd + 8,
  };
}
