/**
 * Which files LevelDB holds to be its own, read from its manifest without opening it. A table that no manifest names
 * was never finished; its state tells nothing.
 *
 * Source: LevelDB 1.20, db/version_edit.cc.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RecordPlace } from "./level-flips.ts";
import { LevelReader } from "./level-reader.ts";
import { scanRecords } from "./level-records.ts";

/** A table as the manifest describes it. Units: bytes. */
export interface TableNote {
  readonly number: number;
  readonly size: number;
  /** Its first key and its last, as LevelDB has them (level-blocks.ts). */
  readonly first: Buffer;
  readonly last: Buffer;
}

/** What an edit may say, each behind its number. */
const TAG = { comparator: 1, log: 2, nextFile: 3, lastSequence: 4, compactPointer: 5, gone: 6, added: 7, prevLog: 9 };

/** What a manifest says is in use. */
export interface Manifest {
  readonly tables: readonly TableNote[];
  /** Number of the oldest journal that stands in no table yet; 0 when there is none, or nobody knows. */
  readonly journal: number;
}

/** Reads the manifest; undefined where it cannot be followed, which LevelDB then says itself. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const name = (await readFile(join(folder, "CURRENT"), "latin1")).trimEnd();
    const { records, lostBytes, tail } = scanRecords(await readFile(join(folder, name)));
    if (lostBytes > 0) return undefined;
    const tables = new Map<number, TableNote>();
    let journal = 0;
    for (const record of records) journal = applyEdit(tables, record) ?? journal;
    return { tables: [...tables.values()], journal: tail.length === 0 ? journal : 0 };
  } catch {
    return undefined;
  }
}

/** The place of an edit, which tells none: each goes on where the one before ended. Shape: a whole record. */
export function placeOfEdit(record: Buffer): RecordPlace | undefined {
  try {
    applyEdit(new Map(), record);
    return { from: 0, to: 0 };
  } catch {
    return undefined;
  }
}

/** Gives the number of the journal, where the edit tells one. Shape: a whole record. */
function applyEdit(tables: Map<number, TableNote>, record: Buffer): number | undefined {
  const reader = new LevelReader(record);
  let journal: number | undefined;
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    switch (tag) {
      case TAG.comparator:
        reader.skipText();
        break;
      case TAG.log:
        journal = reader.varint();
        break;
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
        const numbers = { number: reader.varint(), size: reader.varint() };
        const note = { ...numbers, first: reader.text(), last: reader.text() };
        tables.set(note.number, note);
        break;
      }
      default:
        throw new Error(`an edit says something unknown: ${tag}`);
    }
  }
  return journal;
}
