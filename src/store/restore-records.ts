/** Bringing back from their second copy the records that the database has lost. */

import type { Series, SeriesId } from "../model/series.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import { encodeCursor } from "./cursor-record.ts";
import type { CursorState } from "./cursor-state.ts";
import { decodeEpoch, type Epoch, encodeEpoch } from "./epoch-record.ts";
import { type EventPlaceState, encodeEventPlace } from "./event-record.ts";
import { cursorKey, definitionKey, epochKey, eventPlaceKey, LIFE_KEY, STATE_KEY } from "./keys.ts";
import { encodeLife, type LifeRecord } from "./life-record.ts";
import type { CopiedEntry, CopiedRecords } from "./record-copy.ts";
import { decodeDefinition, encodeDefinition } from "./series-table.ts";
import { encodeState, type LogState } from "./state-record.ts";

/** What the database has, by id; undefined where a record is damaged. */
export interface FoundRecords {
  readonly series: Map<SeriesId, Series | undefined>;
  readonly epochs: Map<number, Epoch | undefined>;
}

/** What the rest of the store says of them. */
export interface Mentions {
  /** Ids of series that the state knows to be given; undefined where there is no state. */
  readonly seriesCount: number | undefined;
  /** Epochs that blocks name, oldest first, and that notes do. */
  readonly blockEpochs: ReadonlySet<number>;
  readonly noteEpochs: ReadonlySet<number>;
}

/** What was brought back. */
export interface Restoration {
  readonly operations: readonly DatabaseOperation[];
  /** Says what had been lost; undefined where nothing had: the copy is the first to know of what a kill cut off. */
  readonly told: string | undefined;
}

/**
 * Puts into `found` what only the copy has. Each definition counts, because an id that was given stays given; of the
 * epochs those that are named, and those since the oldest of a block: the others were deleted on purpose.
 */
export function restoreRecords(found: FoundRecords, copied: CopiedRecords, mentions: Mentions): Restoration {
  const operations: DatabaseOperation[] = [];
  let seriesCount = 0;
  for (const [id, value] of copied.definitions) {
    const series = found.series.get(id) === undefined ? decodeDefinition(value) : undefined;
    if (series === undefined) continue;
    if (found.series.has(id) || id < (mentions.seriesCount ?? Number.POSITIVE_INFINITY)) seriesCount += 1;
    found.series.set(id, series);
    operations.push({ type: "put", key: definitionKey(id), value });
  }
  const [oldestEpoch = Number.POSITIVE_INFINITY] = mentions.blockEpochs;
  let epochCount = 0;
  for (const [id, value] of copied.epochs) {
    const isNamed = mentions.blockEpochs.has(id) || mentions.noteEpochs.has(id);
    const isWanted = isNamed || id >= oldestEpoch;
    const epoch = found.epochs.get(id) === undefined && isWanted ? decodeEpoch(value, id) : undefined;
    if (epoch === undefined) continue;
    if (found.epochs.has(id) || isNamed) epochCount += 1;
    found.epochs.set(id, epoch);
    operations.push({ type: "put", key: epochKey(id), value });
  }
  return { operations, told: tell(seriesCount, epochCount) };
}

/** Puts into `found` the places of readers that only the copy has. Gives their names. Shape: undefined is damaged. */
export function restorePlaces<Place>(
  found: Map<string, Place | undefined>,
  copied: ReadonlyMap<string, Uint8Array>,
  decode: (bytes: Uint8Array) => Place | undefined,
): ReadonlySet<string> {
  const restored = new Set<string>();
  for (const [name, value] of copied) {
    const place = found.get(name) === undefined ? decode(value) : undefined;
    if (place === undefined) continue;
    found.set(name, place);
    restored.add(name);
  }
  return restored;
}

/** The writes that bring restored places back into the database. */
export function keepPlaces(
  restoredCursors: ReadonlySet<string>,
  cursors: ReadonlyMap<string, CursorState>,
  restoredPlaces: ReadonlySet<string>,
  eventPlaces: ReadonlyMap<string, EventPlaceState>,
): DatabaseOperation[] {
  const entries: CopiedEntry[] = [];
  for (const [name, of] of cursors) if (restoredCursors.has(name)) entries.push([cursorKey(name), encodeCursor(of)]);
  for (const [name, of] of eventPlaces) {
    if (restoredPlaces.has(name)) entries.push([eventPlaceKey(name), encodeEventPlace(of)]);
  }
  return entries.map(putEntry);
}

/** The write of an entry. */
export function putEntry([key, value]: CopiedEntry): DatabaseOperation {
  return { type: "put", key, value };
}

/** What a store holds that is to be kept twice. */
export interface CopiedParts {
  readonly series: readonly (Series | undefined)[];
  readonly epochs: ReadonlyMap<number, Epoch | undefined>;
  readonly cursors: ReadonlyMap<string, CursorState>;
  readonly eventPlaces: ReadonlyMap<string, EventPlaceState>;
  readonly state: LogState;
  readonly life: LifeRecord | undefined;
}

/** What the copy is to say from now on. */
export function listCopied({ series, epochs, cursors, eventPlaces, state, life }: CopiedParts): CopiedEntry[] {
  const entries: CopiedEntry[] = [[STATE_KEY, encodeState(state)]];
  for (const [id, of] of series.entries())
    if (of !== undefined) entries.push([definitionKey(id), encodeDefinition(of)]);
  for (const [id, of] of epochs) if (of !== undefined) entries.push([epochKey(id), encodeEpoch(of)]);
  for (const [name, of] of cursors) entries.push([cursorKey(name), encodeCursor(of)]);
  for (const [name, of] of eventPlaces) entries.push([eventPlaceKey(name), encodeEventPlace(of)]);
  if (life !== undefined) entries.push([LIFE_KEY, encodeLife(life)]);
  return entries;
}

function tell(seriesCount: number, epochCount: number): string | undefined {
  const lost = [
    ...(seriesCount > 0 ? [`${seriesCount} definitions of series`] : []),
    ...(epochCount > 0 ? [`${epochCount} clock epochs`] : []),
  ];
  if (lost.length === 0) return undefined;
  return `The store has lost ${lost.join(" and ")}: they are taken from their second copy, and cost nothing.`;
}
