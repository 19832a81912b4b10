/** The flags of a series, which hardly ever change: one bit says that they stay, or eight more say what comes. */

import { type Contexts, createContexts, type RangeDecoder, type RangeEncoder, resetContexts } from "./range-coder.ts";

const FLAGS_WIDTH = 8;
const TREE_AT = 1;
const CONTEXT_COUNT = TREE_AT + 2 ** FLAGS_WIDTH;

const contexts: Contexts = createContexts(CONTEXT_COUNT);

/** Writes the flags of all rows after the first; nothing where they stay. Shape: one row or more. */
export function writeFlags(coder: RangeEncoder, flags: Uint8Array): void {
  const first = flags[0];
  if (flags.every((current) => current === first)) return;
  resetContexts(contexts, 0, CONTEXT_COUNT);
  for (let row = 1; row < flags.length; row += 1) {
    const current = flags[row] ?? 0;
    const isChange = current !== flags[row - 1];
    coder.bit(contexts, 0, isChange ? 1 : 0);
    if (isChange) coder.tree(contexts, TREE_AT, FLAGS_WIDTH, current);
  }
}

/** Reads the flags of all rows after the first. Shape: the first row is in place. */
export function readFlags(coder: RangeDecoder, flags: Uint8Array): void {
  resetContexts(contexts, 0, CONTEXT_COUNT);
  for (let row = 1; row < flags.length; row += 1) {
    const isChange = coder.bit(contexts, 0) === 1;
    flags[row] = isChange ? coder.tree(contexts, TREE_AT, FLAGS_WIDTH) : (flags[row - 1] ?? 0);
  }
}
