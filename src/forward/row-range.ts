/** Ranges of rows of a slice: what the forwarder halves when a payload is too big or something in it is refused. */

import assert from "node:assert/strict";
import type { LogSlice, Sequence } from "../model/log.ts";

/**
 * Neighbouring rows of a slice, and the sequences they stand for.
 *
 * Shape: rows from `firstRow` to `endRow` (exclusive), sequences from `from` to `to` (exclusive); sequences without a
 * row are those that could not be read. A copy (pre-context.ts) has no sequence of its own, so a range of copies alone
 * has none.
 */
export interface RowRange {
  readonly firstRow: number;
  readonly endRow: number;
  readonly from: Sequence;
  readonly to: Sequence;
}

/** Counts the rows of a range. */
export function rowCount(range: RowRange): number {
  return range.endRow - range.firstRow;
}

/** Takes a slice as one range. */
export function wholeRange(slice: LogSlice): RowRange {
  return { firstRow: 0, endRow: slice.batch.count, from: slice.from, to: slice.to };
}

/** Cuts a range of two rows or more in the middle. Shape: the two halves, in sequence, are the range. */
export function halveRange(slice: LogSlice, range: RowRange): readonly [RowRange, RowRange] {
  assert(rowCount(range) >= 2);
  const middleRow = range.firstRow + Math.floor(rowCount(range) / 2);
  const middle = slice.sequences[middleRow] as Sequence;
  return [
    { ...range, endRow: middleRow, to: middle },
    { ...range, firstRow: middleRow, from: middle },
  ];
}
