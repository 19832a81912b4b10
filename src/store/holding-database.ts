/**
 * A database that goes on when its disk does not. A write that the disk refuses, or has not taken after `STALL`, is
 * held in memory: readers see it, the log moves on, and the machines are polled and their samples delivered as before.
 * Every later write first tries to bring all that is held to the disk, in one synced batch.
 *
 * What is held is the latest value of each key, so a batch that says "failed" and was written does no harm when it is
 * written again. A key that was never on the disk and is deleted again leaves nothing behind: as long as samples are
 * delivered, a gateway without a disk goes on for ever.
 */

import { GatewayError } from "../model/errors.ts";
import type { WriteCounts } from "../model/log.ts";
import { type Clock, type Millis, type MonotonicMillis, seconds } from "../model/time.ts";
import type { CheckScope, Database, DatabaseOperation, KeyRange } from "../platform/level-database.ts";

/** How long a write may take before what comes after it is held. */
const STALL: Millis = seconds(2);

/** How long closing waits for a disk that does not answer: half of what a service manager leaves a program to stop. */
const CLOSE_PATIENCE: Millis = seconds(30);

/** Most that is held. Units: bytes, keys and values. */
const HELD_BYTES_MAX = 32 * 1024 * 1024;

/** What a held key costs beside its bytes. Units: bytes. */
const ENTRY_BYTES = 64;

/** Why writes are held, and since when. */
export interface Holding {
  /** Keys and values held, and how many may be. Units: bytes. */
  readonly bytes: number;
  readonly bytesMax: number;
  readonly since: MonotonicMillis;
  readonly reason: string;
}

/** What one key has become. */
interface HeldValue {
  /** Undefined when the key is deleted. */
  readonly value: Uint8Array | undefined;
  /** Whether the disk has an older value: a deletion must then reach it too. */
  readonly isOnDisk: boolean;
}

/** Puts memory between the log and a disk that fails or stalls. */
export class HoldingDatabase implements Database {
  readonly #inner: Database;
  readonly #clock: Clock;
  readonly #bytesMax: number;
  /** By key in hexadecimal, whose order is byte order. */
  readonly #held = new Map<string, HeldValue>();
  #heldBytes = 0;
  #since: MonotonicMillis | undefined;
  #reason = "";
  #written: WriteCounts = { writes: 0, syncs: 0, bytes: 0 };
  /** A write that the disk has neither taken nor refused. */
  #underWay: Promise<unknown> | undefined;
  #compacting: Promise<unknown> | undefined;

  /** `inner` becomes its own: closing this one closes it. */
  constructor(inner: Database, clock: Clock, bytesMax = HELD_BYTES_MAX) {
    this.#inner = inner;
    this.#clock = clock;
    this.#bytesMax = bytesMax;
  }

  get isMended(): boolean {
    return this.#inner.isMended;
  }

  get side(): Database["side"] {
    return this.#inner.side;
  }

  /** What the disk has taken in time. */
  get written(): WriteCounts {
    return this.#written;
  }

  /** What is not on disk although its write has succeeded; undefined when all is well. */
  get holding(): Holding | undefined {
    if (this.#since === undefined) return undefined;
    return { bytes: this.#heldBytes, bytesMax: this.#bytesMax, since: this.#since, reason: this.#reason };
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const hex = toHex(key);
    const held = this.#held.get(hex);
    return held === undefined ? await this.#inner.get(key) : held.value;
  }

  /** Errors: `STORE_FAILED` when the disk takes nothing and memory for that is used up; nothing has changed then. */
  async write(operations: readonly DatabaseOperation[], { sync }: { readonly sync: boolean }): Promise<void> {
    if (this.#underWay !== undefined) {
      await this.#hold(operations, this.#reason);
      return;
    }
    const isCatchingUp = this.#held.size > 0;
    const batch = isCatchingUp ? [...this.#heldOperations(), ...operations] : operations;
    try {
      const isDone = await this.#writeInTime(batch, sync || isCatchingUp);
      if (isDone) this.#release();
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      await this.#hold(operations, error.message);
    }
  }

  async *entries(range: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const from = toHex(range.from);
    const to = toHex(range.to);
    const held = [...this.#held].filter(([key]) => key >= from && key < to);
    if (held.length === 0) {
      yield* this.#inner.entries(range);
      return;
    }
    held.sort(([one], [other]) => (one < other ? -1 : 1));
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    for await (const entry of merge(this.#inner.entries({ from: range.from, to: range.to }), held)) {
      if (left <= 0) return;
      left -= 1;
      yield entry;
    }
  }

  async compact(from: Uint8Array, to: Uint8Array): Promise<void> {
    if (this.#since !== undefined) return;
    const compacting = this.#inner.compact(from, to);
    this.#compacting = compacting.catch(() => undefined);
    await compacting;
  }

  async check(scope: CheckScope): Promise<boolean> {
    return await this.#inner.check(scope);
  }

  /**
   * Errors: `STORE_FAILED` when the disk does not take what is held, and it is closed all the same; or when it does not
   * answer at all, and it stays as it is.
   */
  async close(): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = this.#clock.after("disk close", CLOSE_PATIENCE, () => {
      const patience = `${CLOSE_PATIENCE / 1000} s`;
      late.reject(new GatewayError("STORE_FAILED", `the disk did not let the log be closed within ${patience}`));
    });
    try {
      await Promise.race([this.#closeInner(), late.promise]);
    } finally {
      timer.cancel();
    }
  }

  async #closeInner(): Promise<void> {
    try {
      await this.#underWay;
      if (this.#held.size > 0) await this.#inner.write(this.#heldOperations(), { sync: true });
    } finally {
      await this.#compacting;
      await this.#inner.close();
    }
  }

  /** Gives whether the disk took the batch in time; one that it takes later is written again with what is held. */
  async #writeInTime(batch: readonly DatabaseOperation[], sync: boolean): Promise<boolean> {
    const attempt = this.#inner.write(batch, { sync });
    const late = Promise.withResolvers<false>();
    const timer = this.#clock.after("disk stall", STALL, () => late.resolve(false));
    try {
      const isDone = await Promise.race([attempt.then(() => true), late.promise]);
      if (isDone) this.#count(batch, sync);
      else this.#follow(attempt, batch, `the disk takes more than ${STALL / 1000} s for a write`);
      return isDone;
    } finally {
      timer.cancel();
    }
  }

  #count(batch: readonly DatabaseOperation[], sync: boolean): void {
    const { writes, syncs, bytes } = this.#written;
    const added = batch.reduce((sum, of) => sum + of.key.length + (of.type === "put" ? of.value.length : 0), 0);
    this.#written = { writes: writes + 1, syncs: syncs + (sync ? 1 : 0), bytes: bytes + added };
  }

  /** Until it is known what became of a late batch, all of it counts as not written, and as on the disk. */
  #follow(attempt: Promise<void>, batch: readonly DatabaseOperation[], reason: string): void {
    for (const operation of batch) this.#put(operation, true);
    this.#noteTrouble(reason);
    this.#underWay = attempt
      .catch(() => undefined)
      .then(() => {
        this.#underWay = undefined;
      });
  }

  async #hold(operations: readonly DatabaseOperation[], reason: string): Promise<void> {
    const changes: (readonly [DatabaseOperation, boolean])[] = [];
    for (const operation of operations) changes.push([operation, await this.#isOnDisk(operation.key)]);
    const growth = this.#growthBy(changes);
    if (growth > 0 && this.#heldBytes + growth > this.#bytesMax) {
      throw new GatewayError("STORE_FAILED", `${reason}; and the memory for what waits for the disk is used up`);
    }
    for (const [operation, isOnDisk] of changes) this.#put(operation, isOnDisk);
    this.#noteTrouble(reason);
  }

  /** By how much more would be held. What gives memory back must not be refused for want of it. Units: bytes. */
  #growthBy(changes: readonly (readonly [DatabaseOperation, boolean])[]): number {
    const after = new Map<string, number>();
    for (const [operation, isOnDisk] of changes) {
      const hex = toHex(operation.key);
      const value = operation.type === "put" ? operation.value : undefined;
      after.set(hex, value === undefined && !isOnDisk ? 0 : costOf(hex, value));
    }
    let growth = 0;
    for (const [hex, cost] of after) {
      const before = this.#held.get(hex);
      growth += cost - (before === undefined ? 0 : costOf(hex, before.value));
    }
    return growth;
  }

  #noteTrouble(reason: string): void {
    this.#since ??= this.#clock.monotonic();
    this.#reason = reason;
  }

  /** The disk is asked each time: what it refused since the key is held may be there all the same. */
  async #isOnDisk(key: Uint8Array): Promise<boolean> {
    if (this.#held.get(toHex(key))?.isOnDisk === true) return true;
    try {
      return (await this.#inner.get(key)) !== undefined;
    } catch {
      return true;
    }
  }

  #put(operation: DatabaseOperation, isOnDisk: boolean): void {
    const hex = toHex(operation.key);
    const before = this.#held.get(hex);
    if (before !== undefined) this.#heldBytes -= costOf(hex, before.value);
    const value = operation.type === "put" ? operation.value : undefined;
    if (value === undefined && !isOnDisk) {
      this.#held.delete(hex);
      return;
    }
    this.#held.set(hex, { value, isOnDisk });
    this.#heldBytes += costOf(hex, value);
  }

  #release(): void {
    this.#held.clear();
    this.#heldBytes = 0;
    this.#since = undefined;
    this.#reason = "";
  }

  #heldOperations(): DatabaseOperation[] {
    return Array.from(this.#held, ([hex, { value }]) => {
      const key = Buffer.from(hex, "hex");
      return value === undefined ? { type: "del", key } : { type: "put", key, value };
    });
  }
}

/** Merges what the disk has with what is held over it. Shape: both in the order of their keys. */
async function* merge(
  stored: AsyncIterable<readonly [Uint8Array, Uint8Array]>,
  held: readonly (readonly [string, HeldValue])[],
): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
  let next = 0;
  function* heldUntil(end: string | undefined): Generator<readonly [Uint8Array, Uint8Array]> {
    for (let entry = held[next]; entry !== undefined; entry = held[next]) {
      const [hex, { value }] = entry;
      if (end !== undefined && hex > end) return;
      next += 1;
      if (value !== undefined) yield [Buffer.from(hex, "hex"), value];
    }
  }
  for await (const [key, value] of stored) {
    const hex = toHex(key);
    const start = next;
    yield* heldUntil(hex);
    if (next === start || held[next - 1]?.[0] !== hex) yield [key, value];
  }
  yield* heldUntil(undefined);
}

function costOf(hex: string, value: Uint8Array | undefined): number {
  return ENTRY_BYTES + hex.length + (value?.length ?? 0);
}

function toHex(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("hex");
}
