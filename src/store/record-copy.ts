/**
 * A second copy of the records without which other records mean nothing: the definitions of series and the epochs of
 * the clock. They are few, and samples of years refer to them; LevelDB may keep them all in one file, whose loss would
 * then cost what is whole in every other. The copy is a file of its own beside LevelDB's (`docs/decisions/0012`).
 *
 * ```
 * struct Copy {
 *   struct { u32 byteCount; u8 record[byteCount]; } entries[];   // little-endian; of one key the last counts
 * }
 * struct Entry {              // payload of a record, version 1
 *   varint byteCount;
 *   u8     key[byteCount];    // as in the database (keys.ts)
 *   u8     value[];           // as in the database, a record itself
 * }
 * ```
 *
 * A definition or an epoch is written here, and synced, before the database takes it, so whatever the database names is
 * here too, and an id that was given once is never given again. What the database says goes before what the copy says.
 * The state of the log, its last sign of life and the places of its readers change all the time. They are here as they
 * were when the log was opened or closed, or had written some megabytes more. A later run knows from them how far the
 * log and its readers went at least, should the file be lost that says so.
 */

import { GatewayError } from "../model/errors.ts";
import type { Database, DatabaseOperation } from "../platform/level-database.ts";
import { ByteWriter } from "./byte-writer.ts";
import { idOfKey, nameOfKey, SPACE } from "./keys.ts";
import { decodeLife, type LifeRecord } from "./life-record.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";
import { decodeState, type LogState } from "./state-record.ts";

const VERSION = 1;
const LENGTH_BYTES = 4;

/** Beyond twice what counts, and this, the file is written anew. Units: bytes. */
const SPARE_BYTES = 64 * 1024;

/** What the copy says. Records by the id of their key, not decoded. */
export interface CopiedRecords {
  readonly definitions: ReadonlyMap<number, Uint8Array>;
  readonly epochs: ReadonlyMap<number, Uint8Array>;
  /** By name, as they were when they were last copied. */
  readonly cursors: ReadonlyMap<string, Uint8Array>;
  readonly eventPlaces: ReadonlyMap<string, Uint8Array>;
  /** As it was when it was last copied. */
  readonly state: LogState | undefined;
  readonly life: LifeRecord | undefined;
}

/** One entry of the database. */
export type CopiedEntry = readonly [key: Uint8Array, value: Uint8Array];

/** The copy of one database. */
export class RecordCopy {
  readonly #database: Pick<Database, "side">;
  /** What the file says and should go on to say, by key in hexadecimal. */
  #entries = new Map<string, CopiedEntry>();
  #bytes: Uint8Array | undefined;
  #byteCount = 0;
  /** Of the file when it was last written as a whole. */
  #wholeByteCount = 0;
  /** Until what the file says was read and put in order, nothing is written over it. */
  #isSettled = false;
  #isBehind = false;

  constructor(database: Pick<Database, "side">) {
    this.#database = database;
  }

  /** Whether the file lacks something, because it could not be written. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Reads what is whole. */
  async read(): Promise<CopiedRecords> {
    this.#bytes = await this.#database.side?.read();
    const entries = decodeEntries(this.#bytes ?? new Uint8Array());
    this.#entries = new Map(entries.map((entry) => [toHex(entry[0]), entry]));
    return sortRecords(entries);
  }

  /** Makes these all that the file says. */
  async settle(entries: readonly CopiedEntry[]): Promise<void> {
    this.#entries = new Map(entries.map((entry) => [toHex(entry[0]), entry]));
    this.#isSettled = true;
    const bytes = this.#encode();
    this.#noteWhole(bytes);
    const isSame = this.#bytes !== undefined && Buffer.compare(bytes, this.#bytes) === 0;
    this.#bytes = undefined;
    if (!isSame) await this.#replace();
  }

  /** Takes in, before the database does, what of a write is to be kept twice. A failure leaves it behind. */
  async keep(operations: readonly DatabaseOperation[]): Promise<void> {
    const news: CopiedEntry[] = [];
    for (const operation of operations) {
      const { key } = operation;
      if (operation.type === "put") {
        if (key[0] === SPACE.definition || key[0] === SPACE.epoch) news.push([key, operation.value]);
      } else if (this.#entries.delete(toHex(key))) {
        // What was let go must not come back: a reader would keep samples, an epoch would move others.
        this.#isBehind = true;
      }
    }
    await this.#add(news);
  }

  /** Takes in how far the log went, as the disk has it. A failure leaves it behind. */
  async mark(entries: readonly CopiedEntry[]): Promise<void> {
    await this.#add(entries);
  }

  async #add(entries: readonly CopiedEntry[]): Promise<void> {
    if (!this.#isSettled) return;
    const news = entries.filter(([key, value]) => {
      const known = this.#entries.get(toHex(key))?.[1];
      return known === undefined || Buffer.compare(known, value) !== 0;
    });
    for (const entry of news) this.#entries.set(toHex(entry[0]), entry);
    if (this.#isBehind) await this.#replace();
    else if (news.length > 0) await this.#append(encodeEntries(news));
  }

  async #append(bytes: Uint8Array): Promise<void> {
    if (this.#byteCount + bytes.length > 2 * this.#wholeByteCount + SPARE_BYTES) {
      await this.#replace();
      return;
    }
    try {
      await this.#database.side?.writeAt(this.#byteCount, bytes);
      this.#byteCount += bytes.length;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      await this.#replace();
    }
  }

  async #replace(): Promise<void> {
    this.#isBehind = true;
    const { side } = this.#database;
    if (side === undefined) return;
    const bytes = this.#encode();
    try {
      await side.replace(bytes);
      this.#noteWhole(bytes);
      this.#isBehind = false;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }

  #noteWhole(bytes: Uint8Array): void {
    this.#byteCount = bytes.length;
    this.#wholeByteCount = bytes.length;
  }

  #encode(): Uint8Array {
    const sorted = [...this.#entries].sort(([one], [other]) => (one < other ? -1 : 1));
    return encodeEntries(sorted.map(([, entry]) => entry));
  }
}

/** What the bytes of a copy say. Shape: any bytes. */
export function decodeCopy(bytes: Uint8Array): CopiedRecords {
  return sortRecords(decodeEntries(bytes));
}

function sortRecords(entries: readonly CopiedEntry[]): CopiedRecords {
  const [state] = recordsOf(entries, SPACE.state, () => 0).values();
  const [life] = recordsOf(entries, SPACE.life, () => 0).values();
  return {
    definitions: recordsOf(entries, SPACE.definition, idOfKey),
    epochs: recordsOf(entries, SPACE.epoch, idOfKey),
    cursors: recordsOf(entries, SPACE.cursor, nameOfKey),
    eventPlaces: recordsOf(entries, SPACE.eventPlace, nameOfKey),
    state: state && decodeState(state),
    life: life && decodeLife(life),
  };
}

/** The last record of each id in one space. */
function recordsOf<Id>(
  entries: readonly CopiedEntry[],
  space: number,
  idOf: (key: Uint8Array) => Id | undefined,
): Map<Id, Uint8Array> {
  const records = new Map<Id, Uint8Array>();
  for (const [key, value] of entries) {
    const id = key[0] === space ? idOf(key) : undefined;
    if (id !== undefined) records.set(id, value);
  }
  return records;
}

function encodeEntries(entries: readonly CopiedEntry[]): Uint8Array {
  const all = new ByteWriter();
  for (const [key, value] of entries) {
    const writer = startRecord(VERSION);
    writer.varint(key.length);
    writer.bytes(key);
    writer.bytes(value);
    const record = sealRecord(writer);
    const at = all.length;
    for (let index = 0; index < LENGTH_BYTES; index += 1) all.u8(0);
    all.overwriteU32(at, record.length);
    all.bytes(record);
  }
  return all.written();
}

/** Every whole entry, up to where the lengths lead nowhere. Shape: any bytes. */
function decodeEntries(bytes: Uint8Array): CopiedEntry[] {
  const entries: CopiedEntry[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset + LENGTH_BYTES <= bytes.length; ) {
    const start = offset + LENGTH_BYTES;
    offset = start + view.getUint32(offset, true);
    if (offset > bytes.length) break;
    const entry = decodeEntry(bytes.subarray(start, offset));
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function decodeEntry(record: Uint8Array): CopiedEntry | undefined {
  const reader = openRecord(record, VERSION);
  const keyBytes = reader?.varint() ?? 0;
  if (reader === undefined || reader.isBroken || keyBytes < 1 || keyBytes > reader.rest) return undefined;
  const start = record.length - reader.rest;
  return [record.slice(start, start + keyBytes), record.slice(start + keyBytes)];
}

function toHex(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("hex");
}
