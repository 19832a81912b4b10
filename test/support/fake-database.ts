/** A database in memory whose disk can be crashed, worn and filled on purpose. */

import { GatewayError } from "../../src/model/errors.ts";
import type { Database, DatabaseOperation, KeyRange } from "../../src/platform/level-database.ts";
import type { SideFile } from "../../src/platform/side-file.ts";

/** What happens to the next write: it does not get through, or it does and says that it did not. */
export type WriteFault = "fails" | "succeeds-but-says-not";

/** What happens to the next write of the side file: it says that it failed, and wrote nothing, or a half, or all. */
export type SideFault = WriteFault | "tears";

/** The disk under a `FakeDatabase`; it outlives the process that crashes. */
export class FakeDisk {
  /** What a process sees. Keys are hexadecimal, so that their order is byte order. */
  seen = new Map<string, Uint8Array>();
  /** What is there after a crash. */
  readonly #synced = new Map<string, Uint8Array>();
  /** What a power cut may take, a batch each, oldest first. */
  #unsynced: (readonly DatabaseOperation[])[] = [];
  readonly faults: WriteFault[] = [];
  /** While true, no write gets through. */
  isFull = false;
  /** Whether a repair is said to have gone before, which brings deleted keys back. */
  isMended = false;
  /** How long a write takes; absent means no time at all. */
  slowness: (() => Promise<void>) | undefined;
  /** Writes that got through, in order. */
  readonly writes: { readonly operations: readonly DatabaseOperation[]; readonly sync: boolean }[] = [];
  readonly compacted: { readonly from: string; readonly to: string }[] = [];
  /** Keys where walks began: none may be before the oldest entry of a space that shrinks. */
  readonly walkedFrom: string[] = [];
  /** Whether a write is on its way: the log never lets two meet. */
  isWriting = false;
  #generation = 0;
  #underWay: readonly DatabaseOperation[] = [];

  /** The side file: what is written there is synced at once, and outlives a crash. */
  side: Uint8Array | undefined;
  /** What happens to the next writes of the side file. */
  readonly sideFaults: SideFault[] = [];
  /** While true, the side file can neither be read nor written. */
  isSideDead = false;
  /** What the side file is after a part of the write that is on its way. */
  #sideUnderWay: ((part: number) => Uint8Array | undefined) | undefined;

  /** Opens the database, as a process does when it starts: what LevelDB finds in its journal then, it syncs. */
  open(): FakeDatabase {
    this.writeBack();
    return new FakeDatabase(this, this.#generation);
  }

  /**
   * Pulls the plug: every open database is dead, and of the writes that were not synced the disk has the oldest
   * `keptPart`. One that was under way is the last of them. Leaving the part out means that all of them are lost.
   */
  crash(keptPart = 0): void {
    this.#generation += 1;
    this.#tearSide(keptPart);
    const batches = this.isWriting ? [...this.#unsynced, this.#underWay] : this.#unsynced;
    for (const batch of batches.slice(0, Math.round(batches.length * keptPart))) applyTo(this.#synced, batch);
    this.isWriting = false;
    this.seen = new Map(this.#synced);
    this.#unsynced = [];
  }

  /** Kills the process: every open database is dead, and what it wrote stays. So may the write that was under way. */
  kill(hasWritten = false): void {
    this.#generation += 1;
    this.#tearSide(hasWritten ? 1 : 0.5);
    if (this.isWriting && hasWritten) {
      this.#unsynced.push(this.#underWay);
      applyTo(this.seen, this.#underWay);
    }
    this.isWriting = false;
  }

  /** Brings what was written without sync onto the disk, as the system does by itself sooner or later. */
  writeBack(): void {
    for (const batch of this.#unsynced) applyTo(this.#synced, batch);
    this.#unsynced = [];
  }

  isDead(generation: number): boolean {
    return generation !== this.#generation;
  }

  /** Keys of one space, in order, hexadecimal. */
  keys(space: number): string[] {
    const prefix = space.toString(16).padStart(2, "0");
    return [...this.seen.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  read(key: Uint8Array): Uint8Array | undefined {
    return this.seen.get(toHex(key));
  }

  /** Turns one bit of a value over, as a worn card does. */
  flipBit(key: Uint8Array | string, bit: number): void {
    const hex = typeof key === "string" ? key : toHex(key);
    const value = Uint8Array.from(this.seen.get(hex) ?? []);
    value[bit >> 3] = (value[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    this.#overwrite(hex, value);
  }

  /** Loses one entry. */
  lose(key: Uint8Array | string): void {
    const hex = typeof key === "string" ? key : toHex(key);
    this.#synced.delete(hex);
    this.seen.delete(hex);
  }

  /** Puts a value in, past the log. */
  put(key: Uint8Array, value: Uint8Array): void {
    this.#overwrite(toHex(key), value);
  }

  /** Lets a write take its time. */
  async take(operations: readonly DatabaseOperation[]): Promise<void> {
    if (this.isWriting) throw new Error("two writes at once");
    const generation = this.#generation;
    this.isWriting = true;
    this.#underWay = operations;
    await (this.slowness?.() ?? Promise.resolve());
    if (generation === this.#generation) this.isWriting = false;
  }

  /** Lets a write of the side file take its time. Shape: `after` gives what a part of it, 0 to 1, leaves. */
  async takeSide(generation: number, after: (part: number) => Uint8Array | undefined): Promise<void> {
    const refuseIfGone = (): void => {
      if (this.isDead(generation)) throw new GatewayError("STORE_FAILED", "the fake side file is gone");
    };
    refuseIfGone();
    if (this.isWriting || this.#sideUnderWay !== undefined) throw new Error("two writes at once");
    this.#sideUnderWay = after;
    await (this.slowness?.() ?? Promise.resolve());
    refuseIfGone();
    this.#sideUnderWay = undefined;
    const fault = this.isFull || this.isSideDead ? "fails" : this.sideFaults.shift();
    if (fault !== "fails") this.side = after(fault === "tears" ? 0.5 : 1);
    if (fault !== undefined) throw new GatewayError("STORE_FAILED", "the fake side file could not be written");
  }

  /** Turns one bit of the side file over. */
  flipSideBit(bit: number): void {
    const bytes = Uint8Array.from(this.side ?? []);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    this.side = bytes;
  }

  #tearSide(part: number): void {
    if (this.#sideUnderWay !== undefined) this.side = this.#sideUnderWay(part);
    this.#sideUnderWay = undefined;
  }

  /** Takes a write; a synced one takes those before it along. */
  apply(operations: readonly DatabaseOperation[], sync: boolean): void {
    this.writes.push({ operations, sync });
    this.#unsynced.push(operations);
    applyTo(this.seen, operations);
    if (sync) this.writeBack();
  }

  /** Where the newest write of the key is not synced yet, it has the value from now on, and goes as it would have. */
  #overwrite(hex: string, value: Uint8Array): void {
    const isOf = ({ key }: DatabaseOperation): boolean => toHex(key) === hex;
    const at = this.#unsynced.findLastIndex((batch) => batch.some(isOf));
    const batch = this.#unsynced[at];
    if (batch === undefined) this.#synced.set(hex, value);
    else this.#unsynced[at] = batch.map((one) => (isOf(one) ? { type: "put", key: one.key, value } : one));
    this.seen.set(hex, value);
  }
}

/** One process' view of a `FakeDisk`. */
export class FakeDatabase implements Database {
  readonly side: SideFile;
  get isMended(): boolean {
    return this.#disk.isMended;
  }

  readonly #disk: FakeDisk;
  readonly #generation: number;
  #isOpen = true;

  constructor(disk: FakeDisk, generation: number) {
    this.#disk = disk;
    this.#generation = generation;
    this.side = new FakeSideFile(disk, generation);
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#refuseIfGone();
    return this.#disk.seen.get(toHex(key));
  }

  async write(operations: readonly DatabaseOperation[], options: { readonly sync: boolean }): Promise<void> {
    this.#refuseIfGone();
    await this.#disk.take(operations);
    this.#refuseIfGone();
    const fault = this.#disk.isFull ? "fails" : this.#disk.faults.shift();
    if (fault === "fails") throw new GatewayError("STORE_FAILED", "no space left on the fake disk");
    this.#disk.apply(operations, options.sync);
    if (fault !== undefined) throw new GatewayError("STORE_FAILED", "the fake disk lost its voice");
  }

  async *entries({
    from,
    to,
    limit = Number.POSITIVE_INFINITY,
  }: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    this.#refuseIfGone();
    const first = toHex(from);
    const end = toHex(to);
    this.#disk.walkedFrom.push(first);
    const found = [...this.#disk.seen].filter(([key]) => key >= first && key < end);
    found.sort(([one], [other]) => (one < other ? -1 : 1));
    for (const [key, value] of found.slice(0, limit)) yield [Buffer.from(key, "hex"), value];
  }

  async compact(from: Uint8Array, to: Uint8Array): Promise<void> {
    this.#disk.compacted.push({ from: toHex(from), to: toHex(to) });
  }

  /** What the fake disk damages it damages within records, which prove themselves. */
  async check(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  #refuseIfGone(): void {
    if (!this.#isOpen || this.#disk.isDead(this.#generation)) {
      throw new GatewayError("STORE_FAILED", "the fake database is gone");
    }
  }
}

/** One process' view of the side file of a `FakeDisk`. */
class FakeSideFile implements SideFile {
  readonly #disk: FakeDisk;
  readonly #generation: number;

  constructor(disk: FakeDisk, generation: number) {
    this.#disk = disk;
    this.#generation = generation;
  }

  async read(): Promise<Uint8Array | undefined> {
    return this.#disk.isSideDead ? undefined : this.#disk.side;
  }

  async replace(bytes: Uint8Array): Promise<void> {
    const before = this.#disk.side;
    await this.#disk.takeSide(this.#generation, (part) => (part < 1 ? before : Uint8Array.from(bytes)));
  }

  async writeAt(offset: number, bytes: Uint8Array): Promise<void> {
    const before = this.#disk.side;
    if (before === undefined) throw new GatewayError("STORE_FAILED", "there is no fake side file");
    await this.#disk.takeSide(this.#generation, (part) => {
      const written = bytes.subarray(0, Math.floor(bytes.length * part));
      const after = new Uint8Array(Math.max(before.length, offset + written.length));
      after.set(before);
      after.set(written, offset);
      return after;
    });
  }
}

function applyTo(entries: Map<string, Uint8Array>, operations: readonly DatabaseOperation[]): void {
  for (const operation of operations) {
    if (operation.type === "put") entries.set(toHex(operation.key), Uint8Array.from(operation.value));
    else entries.delete(toHex(operation.key));
  }
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
