/**
 * What is known of samples that are gone: their numbers exactly, their moments from the blocks around them, their
 * series as those of the same blocks. A hole has an entry of its own in the index, so it is found and counted once.
 */

import type { Loss, Sequence } from "../model/log.ts";
import { UNKNOWN_SERIES } from "../model/log-care.ts";
import type { SeriesId } from "../model/series.ts";
import type { Database } from "../platform/level-database.ts";
import { type BlockEntry, type BlockIndex, endOf, LEVEL_LOST } from "./block-index.ts";
import { type FindSeries, nameSeries } from "./describe-loss.ts";
import { blockKey } from "./keys.ts";
import type { KnownEpoch } from "./place-epochs.ts";
import { decodeStoredBlock } from "./stored-block.ts";

/** How many series a sentence names. */
const NAMES_MAX = 5;

/** An entry for sequences of which nothing is known yet but that they are gone. */
export function createHole(first: Sequence, end: Sequence): BlockEntry {
  return { first, span: end - first, count: 0, bytes: 0, epoch: 0, level: LEVEL_LOST, minAt: 0, maxAt: 0 };
}

/** The entry of a block that turned out to be gone. */
export function toHole(entry: BlockEntry): BlockEntry {
  return { ...entry, count: 0, bytes: 0, level: LEVEL_LOST };
}

/**
 * Gives a hole the epoch of the block before it, or after it, and the moments between the two; the newest one reaches
 * to the last sign of life, where there was one.
 */
export function placeHole(
  index: BlockIndex,
  position: number,
  epochs: ReadonlyMap<number, KnownEpoch>,
  aliveAt: number | undefined,
): void {
  const hole = index.at(position);
  const before = index.at(position - 1);
  const after = index.at(position + 1);
  const beside = before ?? after;
  if (hole === undefined || beside === undefined) return;
  const offsetOf = (id: number): number => epochs.get(id)?.offset ?? 0;
  const minAt = before?.maxAt ?? beside.minAt;
  const endsAt = after === undefined ? aliveAt : after.minAt + offsetOf(after.epoch);
  const maxAt = endsAt === undefined ? minAt : endsAt - offsetOf(beside.epoch);
  index.replace(position, 1, { ...hole, epoch: beside.epoch, minAt, maxAt: Math.max(minAt, maxAt) });
}

/** What a hole cost. Units: `offset` milliseconds, that of its epoch. */
export function lossOfHole(hole: BlockEntry, count: number, offset: number): Loss {
  const { minAt, maxAt } = hole;
  return { reason: "unreadable", series: UNKNOWN_SERIES, count, fromAt: minAt + offset, toAt: maxAt + offset };
}

/** Tells what is gone, in a whole sentence. Shape: `names` of the series around it, without repeats. */
export function tellHole(hole: BlockEntry, { count, fromAt, toAt }: Loss, names: readonly string[]): string {
  const from = `from ${new Date(fromAt).toISOString()} to ${new Date(toAt).toISOString()}`;
  const when = fromAt === 0 && toAt === 0 ? "of an unknown time" : from;
  return `${count} samples are missing, numbers ${hole.first} to ${endOf(hole) - 1}, ${when}${tellNames(names)}: they count as unreadable.`;
}

function tellNames(names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length > NAMES_MAX ? ` and ${names.length - NAMES_MAX} more` : "";
  return `, where these series stand: ${names.slice(0, NAMES_MAX).join("; ")}${more}`;
}

/** The names of the series in the blocks around a hole. */
export async function nameAround(
  database: Database,
  index: BlockIndex,
  position: number,
  seriesOf: FindSeries,
): Promise<string[]> {
  const ids = new Set<SeriesId>();
  for (const beside of [index.at(position - 1), index.at(position + 1)]) {
    const bytes = beside === undefined ? undefined : await database.get(blockKey(beside.first));
    const block = bytes && beside && decodeStoredBlock(bytes, beside.first);
    if (block !== undefined) for (const id of block.batch.series.subarray(0, block.batch.count)) ids.add(id);
  }
  return [...ids].flatMap((id) => {
    const series = seriesOf(id);
    return series === undefined ? [] : [nameSeries(id, seriesOf)];
  });
}
