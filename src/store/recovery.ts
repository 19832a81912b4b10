/**
 * Opening what an earlier run left, whatever state it is in. What is damaged is treated as missing, what can be told
 * from other records is, and every repair is said once. Nothing here refuses to go on but a newer format.
 */

import type { EarlierRun, Loss, Sequence } from "../model/log.ts";
import { UNKNOWN_SERIES } from "../model/log-care.ts";
import type { Series } from "../model/series.ts";
import { addTallies, countDropped, EMPTY_TALLY } from "../model/tally.ts";
import type { Database, DatabaseOperation } from "../platform/level-database.ts";
import {
  type BlockEntry,
  BlockIndex,
  decodeIndexRecord,
  describeBlock,
  encodeIndexRecord,
  endOf,
} from "./block-index.ts";
import { decodeCursor } from "./cursor-record.ts";
import { type CursorState, neededFrom, openCursorState } from "./cursor-state.ts";
import { decodeEpoch, type Epoch } from "./epoch-record.ts";
import { decodeEvent, decodeEventPlace } from "./event-record.ts";
import { admitStore } from "./format-record.ts";
import { mendEvents, type RecoveredEvents } from "./held-events.ts";
import { createHole, lossOfHole, nameAround, placeHole, tellHole } from "./holes.ts";
import {
  blockKey,
  idOfKey,
  indexKey,
  LIFE_KEY,
  lossOfKey,
  nameOfKey,
  SPACE,
  STATE_KEY,
  sequenceOfKey,
  spaceRange,
} from "./keys.ts";
import { knowEpochs, listNamedEpochs } from "./known-epochs.ts";
import { decodeLife, type LifeRecord } from "./life-record.ts";
import { decodeLoss, LossLedger } from "./loss-ledger.ts";
import type { KnownEpoch } from "./place-epochs.ts";
import type { CopiedRecords, RecordCopy } from "./record-copy.ts";
import { keepPlaces, listCopied, putEntry, restorePlaces, restoreRecords } from "./restore-records.ts";
import { decodeDefinition } from "./series-table.ts";
import { decodeServiceCheck, type StampedServiceCheck } from "./service-check-record.ts";
import { type FoundShelf, findShelf } from "./set-aside-shelf.ts";
import { decodeState, encodeState, type LogState } from "./state-record.ts";
import { decodeStoredBlock, levelOf } from "./stored-block.ts";

/** How many strays go in one write. */
const STRAYS_EACH = 1_000;

/** Says one thing that was found and what was done about it, in a whole sentence. */
export type Notice = (what: string) => void;

/** What an earlier run left. */
export interface RecoveredLog {
  readonly state: LogState;
  readonly index: BlockIndex;
  /** By id; undefined where the definition is lost. */
  readonly series: readonly (Series | undefined)[];
  readonly epochs: ReadonlyMap<number, KnownEpoch>;
  /** An id that no block names. */
  readonly nextEpoch: number;
  readonly cursors: ReadonlyMap<string, CursorState>;
  readonly serviceChecks: readonly StampedServiceCheck[];
  readonly losses: readonly Loss[];
  readonly setAside: FoundShelf;
  readonly events: RecoveredEvents;
  readonly earlier: EarlierRun | undefined;
}

/**
 * Reads the store, and puts its second copy in order, which is that of this database. Errors: `STORE_NEWER_FORMAT`,
 * before anything was touched; `STORE_FAILED`.
 */
export async function recoverLog(database: Database, copy: RecordCopy, tell: Notice): Promise<RecoveredLog> {
  const findings: string[] = [];
  const notice: Notice = (what) => {
    findings.push(what);
    tell(what);
  };
  await admitStore(database, notice);
  const copied = await copy.read();
  const stored = await readState(database);
  const readCursors = await readSpace(database, SPACE.cursor, nameOfKey, decodeCursor);
  const restoredCursors = restorePlaces(readCursors, copied.cursors, decodeCursor);
  const cursors = intact(readCursors);
  const { index, holes } = await readIndex(database, stored, copied.state, lowestPosition(cursors));
  const series = await readSpace(database, SPACE.definition, idOfKey, decodeDefinition);
  const epochRecords = await readSpace(database, SPACE.epoch, idOfKey, decodeEpoch);
  const losses = new LossLedger(intact(await readSpace(database, SPACE.loss, lossOfKey, decodeLoss)).values());
  const notes = await readSpace(database, SPACE.note, nameOfKey, decodeServiceCheck);
  const events = await readSpace(database, SPACE.event, sequenceOfKey, decodeEvent);
  const eventPlaces = await readSpace(database, SPACE.eventPlace, nameOfKey, decodeEventPlace);
  const restoredPlaces = restorePlaces(eventPlaces, copied.eventPlaces, decodeEventPlace);
  const life = chooseLife(await readLife(database), stored, copied);
  const serviceChecks = [...intact(notes).values()];
  const stamps = [
    ...[...intact(events).values()].map(({ event, epoch }) => ({ at: event.at, epoch })),
    ...serviceChecks.map(({ check, epoch }) => ({ at: check.at, epoch })),
  ];
  const blockEpochs = listNamedEpochs(index);
  const restoration = restoreRecords({ series, epochs: epochRecords }, copied, {
    seriesCount: stored?.seriesCount,
    blockEpochs,
    noteEpochs: new Set(stamps.flatMap(({ epoch }) => epoch ?? [])),
  });
  if (restoration.told !== undefined) notice(restoration.told);

  const state = mendState(stored, copied.state, index, cursors, maxId(series.keys()) + 1, notice);
  mendCursors(cursors, readCursors, restoredCursors, state, notice);
  const setAside = await findShelf(database);
  const mendedEvents = mendEvents(events, eventPlaces, restoredPlaces, notice);
  const restored = [
    ...restoration.operations,
    ...forgetDamaged(setAside, notice),
    ...keepPlaces(restoredCursors, cursors, restoredPlaces, mendedEvents.places),
    ...(stored?.end === state.end || state.end === 0 ? [] : [putEntry([STATE_KEY, encodeState(state)])]),
  ];
  if (restored.length > 0) await database.write(restored, { sync: false });
  const definitions = Array.from({ length: state.seriesCount }, (_, id) => series.get(id));
  tellLost(definitions, epochRecords, blockEpochs, notice);
  const epochs = knowEpochs(epochRecords, index, stamps);
  const earlier = life && { ...life, findings };
  for (const position of holes) {
    placeHole(index, position, epochs, earlier?.aliveAt);
    await countHole(database, index, position, epochs, losses, definitions, notice);
  }
  if (database.isMended) await dropStrays(database, index, state);
  const parts = { series: definitions, epochs: epochRecords, cursors, eventPlaces: mendedEvents.places, state, life };
  await copy.settle(listCopied(parts));
  return {
    state,
    index,
    series: definitions,
    epochs,
    nextEpoch: maxId([...epochRecords.keys(), ...epochs.keys(), ...copied.epochs.keys()]) + 1,
    cursors,
    serviceChecks,
    losses: losses.list(),
    setAside,
    events: mendedEvents,
    earlier,
  };
}

async function readState(database: Database): Promise<LogState | undefined> {
  const bytes = await database.get(STATE_KEY);
  return bytes === undefined ? undefined : decodeState(bytes);
}

/** Gives a place to each cursor whose record is damaged, or restored and older than what is held. */
function mendCursors(
  cursors: Map<string, CursorState>,
  found: ReadonlyMap<string, CursorState | undefined>,
  restored: ReadonlySet<string>,
  { head, tally }: LogState,
  notice: Notice,
): void {
  for (const [name, cursor] of found) {
    if (cursor !== undefined && !restored.has(name)) continue;
    if (cursor !== undefined && neededFrom(cursor) >= head) {
      notice(
        `The record of cursor ${name} is lost: it goes on from where its copy stands, and sends again what came after.`,
      );
      continue;
    }
    // What was deleted since the copy was made is not to be counted as unreadable.
    const what = cursor === undefined ? "damaged" : "lost";
    notice(`The record of cursor ${name} is ${what}: it starts again at the oldest sample held, with new counts.`);
    cursors.set(name, openCursorState(head, tally));
  }
}

/** Tells what neither the database nor its copy has. */
function tellLost(
  definitions: readonly (Series | undefined)[],
  epochs: ReadonlyMap<number, Epoch | undefined>,
  named: ReadonlySet<number>,
  notice: Notice,
): void {
  const lostCount = definitions.filter((definition) => definition === undefined).length;
  if (lostCount > 0) notice(`The definitions of ${lostCount} series are lost: their samples count as unreadable.`);
  if ([...epochs.values()].includes(undefined))
    notice("A clock epoch is damaged: its samples keep the stamps they had.");
  else if ([...named].some((id) => !epochs.has(id)))
    notice("A clock epoch is lost: its samples keep the stamps they had.");
}

/** The writes that forget refused samples of which nobody knows any more what they were. */
function forgetDamaged({ damaged }: FoundShelf, notice: Notice): DatabaseOperation[] {
  return [...damaged].flatMap(([name, keys]) => {
    const are = keys.length === 1 ? "1 sample" : `${keys.length} samples`;
    notice(`Of what ${name} refused and was set aside, ${are} cannot be read: the log keeps them no longer.`);
    return keys.map((key) => ({ type: "del", key }) as const);
  });
}

/** Undefined where no run has written; one that is damaged tells of a run that was cut off. */
async function readLife(database: Database): Promise<LifeRecord | undefined> {
  const bytes = await database.get(LIFE_KEY);
  return bytes && (decodeLife(bytes) ?? { isClean: false, aliveAt: undefined });
}

/** The copy knows better only of a store that lost what was written last. */
function chooseLife(
  life: LifeRecord | undefined,
  stored: LogState | undefined,
  copied: CopiedRecords,
): LifeRecord | undefined {
  const isBehind = copied.state !== undefined && (stored === undefined || stored.end < copied.state.end);
  return life === undefined || isBehind ? (copied.life ?? life) : life;
}

/** The position of the last cursor; 0 without one. */
function lowestPosition(cursors: ReadonlyMap<string, CursorState>): Sequence {
  return cursors.size === 0 ? 0 : Math.min(...Array.from(cursors.values(), neededFrom));
}

/** What the index tells, with an entry for each hole, and where those are of which nobody knew. */
interface ReadIndex {
  readonly index: BlockIndex;
  readonly holes: readonly number[];
}

/**
 * Walks the index from the head; where it has a hole, asks the blocks themselves. Without a state nobody knows where
 * the oldest block should be, so only holes between blocks are told. A state that is older than the blocks names a head
 * that was deleted since: what every cursor has passed, and no block follows, was let go of and is not lost. The copied
 * state tells at least how far the log went, and, where no block is left, where it began.
 */
async function readIndex(
  database: Database,
  state: LogState | undefined,
  copied: LogState | undefined,
  lowest: Sequence,
): Promise<ReadIndex> {
  const index = new BlockIndex();
  const holes: number[] = [];
  let expected = state?.head ?? 0;
  let isHeadKnown = state !== undefined;
  const leaveHole = (to: Sequence): void => {
    const from = index.length > 0 ? expected : Math.max(expected, Math.min(lowest, to));
    if (to === from || (!isHeadKnown && index.length === 0)) return;
    holes.push(index.length);
    index.push(createHole(from, to));
  };
  const take = (entry: BlockEntry): void => {
    if (entry.first < expected) return;
    leaveHole(entry.first);
    index.push(entry);
    expected = endOf(entry);
  };
  for await (const [key, bytes] of database.entries({ ...spaceRange(SPACE.index), from: indexKey(expected) })) {
    const first = sequenceOfKey(key);
    const entry = first === undefined ? undefined : decodeIndexRecord(bytes, first);
    if (entry === undefined) continue;
    if (entry.first > expected) for await (const found of describeBlocks(database, expected, entry.first)) take(found);
    take(entry);
  }
  for await (const found of describeBlocks(database, expected, Number.MAX_SAFE_INTEGER)) take(found);
  if (index.length === 0 && !isHeadKnown && copied !== undefined) {
    expected = copied.head;
    isHeadKnown = true;
  }
  const end = Math.max(state?.end ?? 0, copied?.end ?? 0);
  if (expected < end) leaveHole(end);
  return { index, holes };
}

/** Counts what a hole cost and says it, once: from then on the index knows of it. */
async function countHole(
  database: Database,
  index: BlockIndex,
  position: number,
  epochs: ReadonlyMap<number, KnownEpoch>,
  ledger: LossLedger,
  definitions: readonly (Series | undefined)[],
  notice: Notice,
): Promise<void> {
  const hole = index.at(position);
  if (hole === undefined) return;
  const loss = lossOfHole(hole, hole.span, epochs.get(hole.epoch)?.offset ?? 0);
  const losses = ledger.plan("unreadable", new Map([[UNKNOWN_SERIES, loss]]));
  const operations = [{ type: "put", key: indexKey(hole.first), value: encodeIndexRecord(hole) } as const];
  await database.write([...operations, ...losses.operations], { sync: false });
  losses.note();
  notice(tellHole(hole, loss, await nameAround(database, index, position, (id) => definitions[id])));
}

/** Deletes the blocks and index records that a repair brought back: those that the index does not name. */
async function dropStrays(database: Database, index: BlockIndex, { end }: LogState): Promise<void> {
  for (const space of [SPACE.block, SPACE.index]) {
    let operations: DatabaseOperation[] = [];
    for await (const [key] of database.entries(spaceRange(space))) {
      const first = sequenceOfKey(key);
      const isNamed = first !== undefined && index.firstAt(index.findLastStartingBy(first)) === first;
      if (!isNamed && (first === undefined || first < end)) operations.push({ type: "del", key });
      if (operations.length < STRAYS_EACH) continue;
      await database.write(operations, { sync: false });
      operations = [];
    }
    if (operations.length > 0) await database.write(operations, { sync: false });
  }
}

async function* describeBlocks(database: Database, from: Sequence, to: Sequence): AsyncGenerator<BlockEntry> {
  for await (const [key, bytes] of database.entries({ from: blockKey(from), to: blockKey(to) })) {
    const first = sequenceOfKey(key);
    const block = first === undefined ? undefined : decodeStoredBlock(bytes, first);
    if (block !== undefined) yield describeBlock(block, bytes.length, levelOf(bytes, block.first));
  }
}

/**
 * The state as the other records prove it. A sequence that was ever given stays given, and the books go on balancing:
 * what was sampled is what was dropped and what got a sequence.
 */
function mendState(
  stored: LogState | undefined,
  copied: LogState | undefined,
  index: BlockIndex,
  cursors: ReadonlyMap<string, CursorState>,
  seriesCountMin: number,
  notice: Notice,
): LogState {
  const newest = index.at(index.length - 1);
  let end = Math.max(stored?.end ?? 0, copied?.end ?? 0, newest === undefined ? 0 : endOf(newest));
  let tally = (stored ?? copied)?.tally ?? EMPTY_TALLY;
  for (const cursor of cursors.values()) {
    end = Math.max(end, cursor.position);
    const { dropped } = cursor.opening.tally;
    if (stored === undefined && countDropped(dropped) > countDropped(tally.dropped)) tally = { sampled: 0, dropped };
  }
  if (stored === undefined && end > 0) {
    notice("The state record of the store is lost: its counts are taken from the other records.");
  }
  if (stored !== undefined && end > stored.end) {
    notice(`The state record is ${end - stored.end} samples behind the others: it is brought up to them.`);
  }
  const missing = end + countDropped(tally.dropped) - tally.sampled;
  return {
    head: index.at(0)?.first ?? end,
    end,
    seriesCount: Math.max(stored?.seriesCount ?? 0, copied?.seriesCount ?? 0, seriesCountMin),
    tally: missing > 0 ? addTallies(tally, { sampled: missing, dropped: {} }) : tally,
  };
}

/** Every record of a space by what its key says; undefined where the record is damaged. */
async function readSpace<Id, Value>(
  database: Database,
  space: number,
  idOf: (key: Uint8Array) => Id | undefined,
  decode: (bytes: Uint8Array, id: Id) => Value | undefined,
): Promise<Map<Id, Value | undefined>> {
  const found = new Map<Id, Value | undefined>();
  for await (const [key, bytes] of database.entries(spaceRange(space))) {
    const id = idOf(key);
    if (id !== undefined) found.set(id, decode(bytes, id));
  }
  return found;
}

function intact<Id, Value>(read: ReadonlyMap<Id, Value | undefined>): Map<Id, Value> {
  const values = new Map<Id, Value>();
  for (const [id, value] of read) if (value !== undefined) values.set(id, value);
  return values;
}

function maxId(ids: Iterable<number>): number {
  let max = -1;
  for (const id of ids) max = Math.max(max, id);
  return max;
}
