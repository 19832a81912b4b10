/** The on-disk form of a tally, as a part of other records. */

import { DROP_REASONS, type Tally } from "../model/log.ts";
import type { MutableDropCounts } from "../model/tally.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** Writes `struct Tally { varint sampled; varint n; varint dropped[n]; }`, reasons in the order of `DROP_REASONS`. */
export function writeTally(writer: ByteWriter, tally: Tally): void {
  writer.varint(tally.sampled);
  writer.varint(DROP_REASONS.length);
  for (const reason of DROP_REASONS) writer.varint(tally.dropped[reason] ?? 0);
}

/** Reads what `writeTally` wrote; a reason added since then counts as none. */
export function readTally(reader: ByteReader): Tally {
  const sampled = reader.varint();
  const reasonCount = reader.varint();
  const dropped: MutableDropCounts = {};
  for (const reason of DROP_REASONS.slice(0, reasonCount)) {
    const count = reader.varint();
    if (count > 0) dropped[reason] = count;
  }
  return { sampled, dropped };
}
