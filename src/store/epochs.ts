/**
 * Epochs of the wall clock: the runs in which its stamps can be compared with each other. A new one begins when the
 * log is opened and whenever the clock becomes trusted or stops being so. Blocks name the epoch they were made in, so
 * that stamps from before the clock was right can be placed later by giving their epoch an offset.
 *
 * ```
 * struct Epoch {              // payload of a record, version 1
 *   f64 openedAt;             // the wall clock when it began
 *   u8  isTrusted;
 *   f64 offset;               // what a reader adds to a stamp of this epoch, in milliseconds
 * }
 * ```
 */

import { type Clock, type EpochMillis, epochMillis, type Millis, millis } from "../model/time.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import { epochKey } from "./keys.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";

const VERSION = 1;

/** One run of the wall clock. */
export interface Epoch {
  readonly id: number;
  readonly openedAt: EpochMillis;
  readonly isTrusted: boolean;
  readonly offset: Millis;
}

/** Encodes an epoch. */
export function encodeEpoch(epoch: Epoch): Uint8Array {
  const writer = startRecord(VERSION, 32);
  writer.f64(epoch.openedAt);
  writer.u8(epoch.isTrusted ? 1 : 0);
  writer.f64(epoch.offset);
  return sealRecord(writer);
}

/** Decodes the epoch stored under `id`; undefined when it is damaged. Shape: a whole record. */
export function decodeEpoch(bytes: Uint8Array, id: number): Epoch | undefined {
  const reader = openRecord(bytes, VERSION);
  if (reader === undefined) return undefined;
  const epoch = {
    id,
    openedAt: epochMillis(reader.f64()),
    isTrusted: reader.u8() === 1,
    offset: millis(reader.f64()),
  };
  return reader.isBroken ? undefined : epoch;
}

/** The epochs that blocks name, and the one that is running. */
export class EpochTable {
  readonly #clock: Clock;
  readonly #epochs: Map<number, Epoch>;
  readonly #durable: Set<number>;
  readonly #firstOfRun: number;
  #current: Epoch;

  /** Begins a new epoch after those of earlier runs; `nextId` is one that no block names. */
  constructor(clock: Clock, earlier: ReadonlyMap<number, Epoch>, nextId: number) {
    this.#clock = clock;
    this.#epochs = new Map(earlier);
    this.#durable = new Set(earlier.keys());
    this.#firstOfRun = nextId;
    this.#current = this.#begin(nextId);
  }

  /** The epoch of a stamp read now; a new one when the clock's word about itself has changed. */
  current(): Epoch {
    if (this.#clock.isTrusted() !== this.#current.isTrusted) this.#current = this.#begin(this.#current.id + 1);
    return this.#current;
  }

  /** What to add to a stamp of this epoch; nothing where the epoch's record was lost. */
  offsetOf(id: number): number {
    return this.#epochs.get(id)?.offset ?? 0;
  }

  /** The write that makes an epoch durable, with the first block that names it. */
  operationsFor(id: number): DatabaseOperation[] {
    const epoch = this.#epochs.get(id);
    if (epoch === undefined || this.#durable.has(id)) return [];
    return [{ type: "put", key: epochKey(id), value: encodeEpoch(epoch) }];
  }

  /** Notes that the write of `operationsFor` is on disk. */
  markDurable(id: number): void {
    this.#durable.add(id);
  }

  /** The epochs of earlier runs that no block names when `oldest` is the first that one does. */
  idsBefore(oldest: number): number[] {
    const end = Math.min(oldest, this.#firstOfRun);
    return [...this.#durable].filter((id) => id < end);
  }

  /** Forgets an epoch whose record is deleted. */
  forget(id: number): void {
    this.#durable.delete(id);
    this.#epochs.delete(id);
  }

  #begin(id: number): Epoch {
    const epoch = {
      id,
      openedAt: this.#clock.now(),
      isTrusted: this.#clock.isTrusted(),
      offset: millis(0),
    };
    this.#epochs.set(id, epoch);
    return epoch;
  }
}
