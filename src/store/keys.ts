/**
 * The key layout. One byte names the space; numbers follow in big-endian, so that byte order is number order.
 *
 * ```
 * "f"                                  format      what wrote the store, and how
 * "s"                                  state       counts of the log as a whole
 * "b" u64 sequence                     block       samples, under the sequence of the first
 * "i" u64 sequence                     index       size and time span of the block of the same sequence
 * "d" u32 id                           definition  a series
 * "e" u32 id                           epoch       a run of the wall clock
 * "c" name                             cursor      a reader's place and books
 * "a" name, 0x00, u16 slot             set aside   a ring of refused samples for each cursor
 * "g" u8 reason, u32 id                loss        what the log itself lost of a series; reasons as in LOSS_REASONS
 * "n" name, 0x00, tags each with 0x00  note        the latest of each service check
 * "v" u64 number                       event       what happened, until every reader has passed it
 * "p" name                             place       a reader's place among the events, and its counts
 * "x" name, 0x00, u16 slot             refused     a ring of refused events for each reader
 * "q"                                  adoption    how far another store was taken over
 * "l"                                  life        when a run last wrote, and whether it ended in order
 * ```
 *
 * Definitions, epochs and places are kept a second time outside LevelDB (record-copy.ts).
 *
 * The index has a space of its own because LevelDB keeps values beside their keys: opening the log walks some tens of
 * bytes for each block and never touches the blocks themselves.
 */

import { LOSS_REASONS, type Loss, type Sequence } from "../model/log.ts";
import type { SeriesId } from "../model/series.ts";
import type { KeyRange } from "../platform/level-database.ts";

const TEXT_ENCODER = new TextEncoder();
const TEXT_DECODER = new TextDecoder();

/** The first byte of every key of one kind. */
export const SPACE = {
  setAside: 0x61,
  block: 0x62,
  cursor: 0x63,
  definition: 0x64,
  epoch: 0x65,
  format: 0x66,
  loss: 0x67,
  index: 0x69,
  life: 0x6c,
  note: 0x6e,
  eventPlace: 0x70,
  adoption: 0x71,
  state: 0x73,
  event: 0x76,
  refusedEvent: 0x78,
} as const;

/** The one key of the format record. */
export const FORMAT_KEY: Uint8Array = Uint8Array.of(SPACE.format);

/** The one key of the state record. */
export const STATE_KEY: Uint8Array = Uint8Array.of(SPACE.state);

/** The one key of the adoption record. */
export const ADOPTION_KEY: Uint8Array = Uint8Array.of(SPACE.adoption);

/** The one key of the life record. */
export const LIFE_KEY: Uint8Array = Uint8Array.of(SPACE.life);

/** Everything in one space. */
export function spaceRange(space: number): KeyRange {
  return { from: Uint8Array.of(space), to: Uint8Array.of(space + 1) };
}

/** The key of the block whose first sample is `sequence`. */
export function blockKey(sequence: Sequence): Uint8Array {
  return sequenceKey(SPACE.block, sequence);
}

/** The key of the index record of the block whose first sample is `sequence`. */
export function indexKey(sequence: Sequence): Uint8Array {
  return sequenceKey(SPACE.index, sequence);
}

/** The key of an event. */
export function eventKey(number: number): Uint8Array {
  return sequenceKey(SPACE.event, number);
}

/** Reads the sequence back. Shape: a key of `blockKey`, `indexKey` or `eventKey`; undefined when it is not. */
export function sequenceOfKey(key: Uint8Array): Sequence | undefined {
  if (key.length !== 9) return undefined;
  const view = new DataView(key.buffer, key.byteOffset);
  const sequence = view.getUint32(1) * 2 ** 32 + view.getUint32(5);
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}

/** The key of the definition of a series. */
export function definitionKey(id: SeriesId): Uint8Array {
  return idKey(SPACE.definition, id);
}

/** The key of a clock epoch. */
export function epochKey(id: number): Uint8Array {
  return idKey(SPACE.epoch, id);
}

/** Reads the id back. Shape: a key of `definitionKey` or `epochKey`; undefined when it is not. */
export function idOfKey(key: Uint8Array): number | undefined {
  return key.length === 5 ? new DataView(key.buffer, key.byteOffset).getUint32(1) : undefined;
}

/** The key of a cursor. */
export function cursorKey(name: string): Uint8Array {
  return textKey(SPACE.cursor, name);
}

/** The key of a reader's place among the events. */
export function eventPlaceKey(name: string): Uint8Array {
  return textKey(SPACE.eventPlace, name);
}

/** Reads the name back. Shape: a key of `cursorKey` or `eventPlaceKey`. */
export function nameOfKey(key: Uint8Array): string {
  return TEXT_DECODER.decode(key.subarray(1));
}

/** The key of one place in a cursor's ring of samples set aside. Limits: slots 0 to 65,535. */
export function setAsideKey(name: string, slot: number): Uint8Array {
  return slotKey(SPACE.setAside, name, slot);
}

/** All places in a cursor's ring of samples set aside. */
export function setAsideRange(name: string): KeyRange {
  return { from: textKey(SPACE.setAside, `${name}\0`), to: textKey(SPACE.setAside, `${name}\x01`) };
}

/** Reads name and slot back. Shape: a key of `setAsideKey`; undefined when it is not. */
export function setAsideOfKey(key: Uint8Array): { readonly name: string; readonly slot: number } | undefined {
  const end = key.indexOf(0);
  if (end < 1 || key.length !== end + 3) return undefined;
  const slot = new DataView(key.buffer, key.byteOffset).getUint16(end + 1);
  return { name: nameOfKey(key.subarray(0, end)), slot };
}

/** The key of one place in a reader's ring of refused events. Limits: slots 0 to 65,535. */
export function refusedEventKey(name: string, slot: number): Uint8Array {
  return slotKey(SPACE.refusedEvent, name, slot);
}

/** The key of the latest service check of one name and set of tags. */
export function noteKey(name: string, tags: readonly string[]): Uint8Array {
  return textKey(SPACE.note, [name, ...tags, ""].join("\0"));
}

/** The key of what one series lost for one reason. */
export function lossKey({ reason, series }: Pick<Loss, "reason" | "series">): Uint8Array {
  const key = new Uint8Array(6);
  key[0] = SPACE.loss;
  key[1] = LOSS_REASONS.indexOf(reason);
  new DataView(key.buffer).setUint32(2, series);
  return key;
}

/** Reads reason and series back. Shape: a key of `lossKey`; undefined when it is not. */
export function lossOfKey(key: Uint8Array): Pick<Loss, "reason" | "series"> | undefined {
  const reason = LOSS_REASONS[key[1] ?? LOSS_REASONS.length];
  if (key.length !== 6 || reason === undefined) return undefined;
  return { reason, series: new DataView(key.buffer, key.byteOffset).getUint32(2) };
}

function sequenceKey(space: number, sequence: Sequence): Uint8Array {
  const key = new Uint8Array(9);
  const view = new DataView(key.buffer);
  key[0] = space;
  view.setUint32(1, Math.floor(sequence / 2 ** 32));
  view.setUint32(5, sequence % 2 ** 32);
  return key;
}

function idKey(space: number, id: number): Uint8Array {
  const key = new Uint8Array(5);
  key[0] = space;
  new DataView(key.buffer).setUint32(1, id);
  return key;
}

function slotKey(space: number, name: string, slot: number): Uint8Array {
  const start = textKey(space, `${name}\0`);
  const key = new Uint8Array(start.length + 2);
  key.set(start);
  new DataView(key.buffer).setUint16(start.length, slot);
  return key;
}

function textKey(space: number, text: string): Uint8Array {
  const bytes = TEXT_ENCODER.encode(text);
  const key = new Uint8Array(1 + bytes.length);
  key[0] = space;
  key.set(bytes, 1);
  return key;
}
