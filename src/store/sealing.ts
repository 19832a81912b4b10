/** Which small blocks are worth merging into a sealed one, and when. */

import { type BlockEntry, type BlockIndex, LEVEL_LOST, LEVEL_SMALL } from "./block-index.ts";
import { SEALED_ROWS_MAX } from "./sealed/directory.ts";

/** When small blocks are merged. */
export interface SealLimits {
  /** Rows of a sealed block. Limits: `SEALED_ROWS_MAX`. */
  readonly rowsMax: number;
  /** So many small blocks are merged although their rows are few: each costs memory and a walk over it. */
  readonly blocksMax: number;
}

/** The limits of every log but that of a test. */
const SEAL_LIMITS: SealLimits = { rowsMax: SEALED_ROWS_MAX, blocksMax: 3_600 };

/** Levels that stand behind the last sealed block. */
const MAY_BE_BETWEEN: ReadonlySet<number | undefined> = new Set([LEVEL_SMALL, LEVEL_LOST]);

/** Neighbouring blocks of the index. */
export interface Run {
  readonly position: number;
  readonly blockCount: number;
}

/**
 * Finds the oldest run of small blocks to merge: as many rows as a sealed block takes, or a great many blocks, or what
 * is left of an epoch that is over, though it be one block: only what is sealed can be thinned. Undefined when it is
 * too early.
 */
export function findSealable(index: BlockIndex, limits = SEAL_LIMITS): Run | undefined {
  let position = index.length;
  while (MAY_BE_BETWEEN.has(index.levelAt(position - 1))) position -= 1;
  while (position < index.length) {
    if (index.levelAt(position) === LEVEL_LOST) {
      position += 1;
      continue;
    }
    const run = measureRun(index, position, limits);
    if (run.isComplete) return { position, blockCount: run.blockCount };
    position += run.blockCount;
  }
  return undefined;
}

/** The blocks of one epoch from `position` on that fit together. */
function measureRun(
  index: BlockIndex,
  position: number,
  { rowsMax, blocksMax }: SealLimits,
): { blockCount: number; isComplete: boolean } {
  const epoch = index.epochAt(position);
  let rows = 0;
  for (let blockCount = 0; ; blockCount += 1) {
    const count = index.countAt(position + blockCount);
    if (count === undefined) return { blockCount, isComplete: blockCount >= blocksMax };
    if (index.levelAt(position + blockCount) === LEVEL_LOST) return { blockCount, isComplete: true };
    if (index.epochAt(position + blockCount) !== epoch) return { blockCount, isComplete: true };
    if (blockCount > 0 && rows + count > rowsMax) return { blockCount, isComplete: true };
    rows += count;
  }
}

/** The blocks of a run as the index has them now. */
export function listRun(index: BlockIndex, { position, blockCount }: Run): BlockEntry[] {
  return Array.from({ length: blockCount }, (_, offset) => index.at(position + offset)).filter((entry) => !!entry);
}

/** Where a run of blocks is by now; undefined where one of them was dropped or became another meanwhile. */
export function findRun(index: BlockIndex, entries: readonly BlockEntry[]): number | undefined {
  const position = index.findLastStartingBy(entries[0]?.first ?? 0);
  const isThere = entries.every(({ first, level }, offset) => {
    return index.firstAt(position + offset) === first && index.levelAt(position + offset) === level;
  });
  return isThere ? position : undefined;
}

/** What neighbouring blocks take together. Units: bytes. */
export function sumBytes(index: BlockIndex, position: number, blockCount: number): number {
  let bytes = 0;
  for (let offset = 0; offset < blockCount; offset += 1) bytes += index.bytesAt(position + offset) ?? 0;
  return bytes;
}
