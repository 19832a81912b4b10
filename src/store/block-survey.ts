/** What the index of blocks adds up to, by the form the blocks have. */

import type { LevelSurvey } from "../model/log-care.ts";
import { type BlockIndex, LEVEL_LOST } from "./block-index.ts";
import type { EpochTable } from "./epochs.ts";

/** Adds the blocks up by level, lowest first. */
export function surveyBlocks(index: BlockIndex, epochs: EpochTable): LevelSurvey[] {
  const sums = new Map<number, LevelSurvey>();
  for (let position = 0; position < index.length; position += 1) {
    const entry = index.at(position);
    if (entry === undefined) break;
    if (entry.level === LEVEL_LOST) continue;
    const offset = epochs.offsetOf(entry.epoch);
    const sum = sums.get(entry.level);
    sums.set(entry.level, {
      level: entry.level,
      blockCount: (sum?.blockCount ?? 0) + 1,
      bytes: (sum?.bytes ?? 0) + entry.bytes,
      sampleCount: (sum?.sampleCount ?? 0) + entry.count,
      unplacedCount: (sum?.unplacedCount ?? 0) + (epochs.isUnplaced(entry.epoch) ? entry.count : 0),
      fromAt: Math.min(sum?.fromAt ?? Number.POSITIVE_INFINITY, entry.minAt + offset),
      toAt: Math.max(sum?.toAt ?? Number.NEGATIVE_INFINITY, entry.maxAt + offset),
    });
  }
  return [...sums.values()].sort((one, other) => one.level - other.level);
}
