/** Merges runs of small blocks into sealed ones, while others use the log. */

import { type Clock, inTurns } from "../model/time.ts";
import type { Block } from "./block.ts";
import type { BlockExchange } from "./block-exchange.ts";
import { type BlockIndex, describeBlock, LEVEL_SEALED } from "./block-index.ts";
import type { BlockReader } from "./block-walk.ts";
import { findRun, findSealable, listRun, type SealLimits } from "./sealing.ts";
import { encodeByColumn, joinBlocks } from "./stored-block.ts";

/** What blocks are sealed with. */
export interface SealParts {
  readonly clock: Clock;
  readonly index: BlockIndex;
  readonly reader: BlockReader;
  readonly exchange: BlockExchange;
}

/**
 * Encodes the oldest run of small blocks that is long enough as one block; undefined when there is none. What it gives
 * puts that in their place, unless they have gone meanwhile, and wants a turn of its own.
 */
export async function prepareSeal(
  { clock, index, reader, exchange }: SealParts,
  limits: SealLimits | undefined,
): Promise<(() => Promise<void>) | undefined> {
  const run = findSealable(index, limits);
  if (run === undefined) return undefined;
  const entries = listRun(index, run);
  const blocks: Block[] = [];
  for (const entry of entries) {
    const block = await reader.read(entry);
    if (block === undefined) break;
    blocks.push(block);
  }
  const block = blocks.length === 0 ? undefined : joinBlocks(blocks);
  const record = block && (await inTurns(clock, encodeByColumn(block, LEVEL_SEALED)));
  // A few rows take more room sealed than as they are, and a full log has none.
  const merged = entries.slice(0, Math.max(1, blocks.length));
  const bytesMax = merged.reduce((sum, { bytes }) => sum + bytes, 0);
  return async () => {
    const position = findRun(index, merged);
    if (position === undefined) return;
    if (block === undefined || record === undefined || record.length > bytesMax) await exchange.raiseLevel(position);
    else {
      await exchange.replace(position, merged.length, describeBlock(block, record.length, LEVEL_SEALED), record);
    }
  };
}
