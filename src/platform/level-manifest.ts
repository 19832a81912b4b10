/**
 * Which tables LevelDB holds to be its own, read from its manifest without opening it. A table that no manifest names
 * was never finished; its state tells nothing.
 *
 * Source: LevelDB 1.20, db/log_format.h and db/version_edit.cc.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** A table as the manifest describes it. Units: bytes. */
export interface TableNote {
  readonly number: number;
  readonly size: number;
}

const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
/** Kinds of a piece of a record: whole, first, middle, last. */
const WHOLE = 1;
const LAST = 4;

/** What an edit may say, each behind its number. */
const TAG = { comparator: 1, log: 2, nextFile: 3, lastSequence: 4, compactPointer: 5, gone: 6, added: 7, prevLog: 9 };

/** Lists the tables in use; undefined where the manifest cannot be followed, which LevelDB then says itself. */
export async function listTables(folder: string): Promise<readonly TableNote[] | undefined> {
  try {
    const manifest = (await readFile(join(folder, "CURRENT"), "latin1")).trimEnd();
    const tables = new Map<number, TableNote>();
    for (const record of splitRecords(await readFile(join(folder, manifest)))) applyEdit(tables, record);
    return [...tables.values()];
  } catch {
    return undefined;
  }
}

/** Shape: blocks of 32 KiB, the last one shorter; a piece that is cut off ends it. */
function* splitRecords(bytes: Buffer): Generator<Buffer> {
  let pieces: Buffer[] = [];
  for (let offset = 0; offset + HEADER_BYTES <= bytes.length; ) {
    const left = BLOCK_BYTES - (offset % BLOCK_BYTES);
    if (left < HEADER_BYTES) {
      offset += left;
      continue;
    }
    const length = bytes.readUInt16LE(offset + 4);
    const kind = bytes[offset + 6];
    const end = offset + HEADER_BYTES + length;
    if (kind === 0 || end > bytes.length) return;
    pieces.push(bytes.subarray(offset + HEADER_BYTES, end));
    if (kind === WHOLE || kind === LAST) {
      yield Buffer.concat(pieces);
      pieces = [];
    }
    offset = end;
  }
}

/** Shape: a whole record. */
function applyEdit(tables: Map<number, TableNote>, record: Buffer): void {
  const reader = new EditReader(record);
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    switch (tag) {
      case TAG.comparator:
        reader.skipText();
        break;
      case TAG.log:
      case TAG.nextFile:
      case TAG.lastSequence:
      case TAG.prevLog:
        reader.varint();
        break;
      case TAG.compactPointer:
        reader.varint();
        reader.skipText();
        break;
      case TAG.gone:
        reader.varint();
        tables.delete(reader.varint());
        break;
      case TAG.added: {
        reader.varint();
        const note = { number: reader.varint(), size: reader.varint() };
        reader.skipText();
        reader.skipText();
        tables.set(note.number, note);
        break;
      }
      default:
        throw new Error(`an edit says something unknown: ${tag}`);
    }
  }
}

/** Reads one edit; going past its end throws. */
class EditReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = this.#bytes.readUInt8(this.#offset);
      this.#offset += 1;
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
  }

  skipText(): void {
    const length = this.varint();
    this.#offset += length;
    if (this.#offset > this.#bytes.length) throw new Error("an edit ends too early");
  }
}
