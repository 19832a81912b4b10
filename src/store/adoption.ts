/**
 * Taking over what a store held that stood in for the log while a newer format, or something that is no log, was in its
 * place: samples that not every intake had passed, in their order and with their clock epochs, and events.
 *
 * ```
 * struct Adoption {           // payload of a record, version 1
 *   text identity;            // of the store that is taken over, which has the same record
 *   varint upTo;              // everything before this sequence of it has been taken over
 * }
 * ```
 *
 * Each block is written together with this record, so being cut off anywhere neither loses nor doubles one.
 */

import type { Sequence } from "../model/log.ts";
import { SampleBuilder } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import { addTallies } from "../model/tally.ts";
import type { Database, DatabaseOperation } from "../platform/level-database.ts";
import type { Block } from "./block.ts";
import { type BlockEntry, describeBlock, endOf, LEVEL_LOST, LEVEL_SEALED } from "./block-index.ts";
import { putBlock } from "./block-operations.ts";
import { neededFrom } from "./cursor-state.ts";
import { DoubledDatabase } from "./doubled-database.ts";
import { encodeEpoch } from "./epoch-record.ts";
import { HeldEvents } from "./held-events.ts";
import { ADOPTION_KEY, blockKey, definitionKey, epochKey, STATE_KEY } from "./keys.ts";
import { LossLedger } from "./loss-ledger.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";
import { RecordCopy } from "./record-copy.ts";
import { type Notice, type RecoveredLog, recoverLog } from "./recovery.ts";
import { encodeDefinition, SeriesTable } from "./series-table.ts";
import { serviceCheckOperation } from "./service-check-record.ts";
import { encodeState, type LogState } from "./state-record.ts";
import { decodeStoredBlock, encodeStoredBlock } from "./stored-block.ts";

const VERSION = 1;

/** After every sequence: the events have been taken over too. */
const ALL = Number.MAX_SAFE_INTEGER;

interface Adoption {
  readonly identity: string;
  readonly upTo: Sequence;
}

/**
 * Appends what `beside` holds to `main`; both are open and nobody else uses them. Gives how many samples that were, the
 * earlier ones of one that was cut off not counted. `identity` names the store where it has no name yet.
 *
 * Errors: `STORE_NEWER_FORMAT`, `STORE_FAILED`; what was taken over until then stays so.
 */
export async function adoptStore(main: Database, beside: Database, identity: string, notice: Notice): Promise<number> {
  const copy = new RecordCopy(main);
  const doubled = new DoubledDatabase(main, copy, notice);
  const to = await recoverLog(doubled, copy, notice);
  const from = await recoverLog(beside, new RecordCopy(beside), notice);
  const name = await nameStore(beside, identity);
  const before = await readAdoption(main);
  const upTo = before?.identity === name ? before.upTo : 0;
  if (upTo === ALL) return 0;
  const adopter = new Adopter(doubled, to, from, name);
  const lowest = Math.min(...Array.from(from.cursors.values(), neededFrom), from.state.end);
  const start = Math.max(from.cursors.size === 0 ? from.state.head : lowest, upTo);
  for (let position = 0; position < from.index.length; position += 1) {
    const entry = from.index.at(position);
    if (entry === undefined || endOf(entry) <= start || entry.level === LEVEL_LOST) continue;
    const bytes = await beside.get(blockKey(entry.first));
    const block = bytes && decodeStoredBlock(bytes, entry.first);
    if (block !== undefined) await adopter.take(entry, block, start);
  }
  await adopter.finish();
  return adopter.count;
}

class Adopter {
  count = 0;
  readonly #main: Database;
  readonly #to: RecoveredLog;
  readonly #from: RecoveredLog;
  readonly #name: string;
  readonly #series: SeriesTable;
  readonly #ids = new Map<SeriesId, SeriesId>();
  readonly #epochs = new Map<number, number>();
  #state: LogState;
  #operations: DatabaseOperation[] = [];

  constructor(main: Database, to: RecoveredLog, from: RecoveredLog, name: string) {
    this.#main = main;
    this.#to = to;
    this.#from = from;
    this.#name = name;
    this.#series = new SeriesTable(to.series);
    this.#state = to.state;
  }

  /** Appends the rows of a block from `start` on; those of a thinned one stay together. */
  async take(entry: BlockEntry, block: Block, start: Sequence): Promise<void> {
    const skipped = block.offsets === undefined ? Math.max(0, start - block.first) : 0;
    const rows = new SampleBuilder(block.batch.count);
    rows.pushAll(block.batch, skipped, block.batch.count);
    for (let row = 0; row < rows.count; row += 1) rows.series[row] = this.#seriesFor(rows.series[row] ?? 0);
    const first = this.#state.end;
    const span = block.span - skipped;
    const moved = { ...block, first, span, epoch: this.#epochFor(block.epoch), batch: rows };
    const level = Math.min(entry.level, block.offsets === undefined ? LEVEL_SEALED : entry.level);
    const record = encodeStoredBlock(moved, level);
    this.#operations.push(...putBlock(describeBlock(moved, record.length, level), record));
    const tally = addTallies(this.#state.tally, { sampled: span, dropped: {} });
    const head = this.#to.index.length > 0 || this.count > 0 ? this.#state.head : first;
    this.#state = { head, end: first + span, seriesCount: this.#series.count, tally };
    this.count += span;
    await this.#write(endOf(entry), false);
  }

  /** Takes over the events, the latest service checks and the losses. */
  async finish(): Promise<void> {
    const { events, serviceChecks, losses } = this.#from;
    const lowest = Math.min(...Array.from(events.places.values(), ({ position }) => position), ALL);
    const untold = events.events.filter(({ number }) => events.places.size === 0 || number >= lowest);
    const brought = <Note extends { epoch: number | undefined }>(note: Note): Note => {
      return { ...note, epoch: note.epoch === undefined ? undefined : this.#epochFor(note.epoch) };
    };
    const planned = new HeldEvents(this.#to.events).planPut(untold.map(brought));
    this.#operations.push(...planned.operations, ...serviceChecks.map(brought).map(serviceCheckOperation));
    const ledger = new LossLedger(this.#to.losses);
    for (const loss of losses) {
      const series = loss.series < this.#from.series.length ? this.#seriesFor(loss.series) : loss.series;
      const plan = ledger.plan(loss.reason, new Map([[series, loss]]));
      plan.note();
      this.#operations.push(...plan.operations);
    }
    this.#state = { ...this.#state, seriesCount: this.#series.count };
    await this.#write(ALL, true);
  }

  async #write(upTo: Sequence, sync: boolean): Promise<void> {
    this.#put(STATE_KEY, encodeState(this.#state));
    this.#put(ADOPTION_KEY, encodeAdoption({ identity: this.#name, upTo }));
    await this.#main.write(this.#operations, { sync });
    this.#operations = [];
  }

  #seriesFor(id: SeriesId): SeriesId {
    const known = this.#ids.get(id);
    if (known !== undefined) return known;
    const series = this.#from.series[id];
    // A definition that is lost has an id that nothing defines.
    const own = series === undefined ? 0xffff_fffe : this.#series.define(series);
    if (series !== undefined) this.#put(definitionKey(own), encodeDefinition(series));
    this.#ids.set(id, own);
    return own;
  }

  #epochFor(id: number): number {
    const known = this.#epochs.get(id);
    if (known !== undefined) return known;
    // Epochs keep their order, in which they are placed.
    const own = this.#to.nextEpoch + id - Math.min(id, ...this.#from.epochs.keys());
    const epoch = this.#from.epochs.get(id);
    if (epoch !== undefined) this.#put(epochKey(own), encodeEpoch({ ...epoch, id: own }));
    this.#epochs.set(id, own);
    return own;
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    this.#operations.push({ type: "put", key, value });
  }
}

/** Gives a store the name under which it is taken over, unless it has one from an attempt that was cut off. */
async function nameStore(beside: Database, identity: string): Promise<string> {
  const named = await readAdoption(beside);
  if (named !== undefined) return named.identity;
  const value = encodeAdoption({ identity, upTo: 0 });
  await beside.write([{ type: "put", key: ADOPTION_KEY, value }], { sync: true });
  return identity;
}

async function readAdoption(database: Database): Promise<Adoption | undefined> {
  const bytes = await database.get(ADOPTION_KEY);
  const reader = bytes && openRecord(bytes, VERSION);
  if (reader === undefined) return undefined;
  const adoption = { identity: reader.text(), upTo: reader.varint() };
  return reader.isBroken ? undefined : adoption;
}

function encodeAdoption({ identity, upTo }: Adoption): Uint8Array {
  const writer = startRecord(VERSION);
  writer.text(identity);
  writer.varint(upTo);
  return sealRecord(writer);
}
