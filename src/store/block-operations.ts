/** The writes of a block: it never goes anywhere without its index record. */

import type { Sequence } from "../model/log.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import { type BlockEntry, encodeIndexRecord } from "./block-index.ts";
import { blockKey, indexKey } from "./keys.ts";

/** Writes a block with its index record. Shape: a whole record, as `encodeStoredBlock` makes it. */
export function putBlock(entry: BlockEntry, record: Uint8Array): DatabaseOperation[] {
  return [
    { type: "put", key: blockKey(entry.first), value: record },
    { type: "put", key: indexKey(entry.first), value: encodeIndexRecord(entry) },
  ];
}

/** Deletes a block and its index record. */
export function deleteBlock(first: Sequence): DatabaseOperation[] {
  return [
    { type: "del", key: blockKey(first) },
    { type: "del", key: indexKey(first) },
  ];
}
