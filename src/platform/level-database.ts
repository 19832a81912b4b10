/** LevelDB. The only file that imports it; the fake that crashes on purpose is `test/support/fake-database.ts`. */

import { join } from "node:path";
import { Level } from "level";
import { FolderSync } from "./folder-sync.ts";
import { hasDamagedBlock, listTables, reachesInto, type TablePlace } from "./level-block-check.ts";
import { finishChangeOfManifest } from "./level-current.ts";
import { codeOf, messageOf, toStoreError } from "./level-error.ts";
import { Mender } from "./level-mender.ts";
import type { Quarantine } from "./quarantine.ts";
import { DiskSideFile, type SideFile } from "./side-file.ts";
import { UncleanEnds } from "./unclean-ends.ts";
import { probeWriting } from "./write-probe.ts";

/** One write of a batch. */
export type DatabaseOperation =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: Uint8Array };

/** Bounds of a walk over keys in byte order: from `from` inclusive to `to` exclusive. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  /** Leaving it out means no limit. */
  readonly limit?: number;
}

/** What is checked, and how fast. */
export interface CheckScope {
  /** Leaving it out means everything. */
  readonly keys?: KeyRange | undefined;
  /** Waited for after so many bytes; what it throws ends the check. */
  readonly pause: (byteCount: number) => Promise<void>;
}

/**
 * An ordered store of bytes under bytes. Where the database knows a part of itself to be damaged, the entries there
 * are as if they were not: who needs to know has sequence numbers.
 *
 * Errors: `STORE_FAILED`, from every method.
 */
export interface Database {
  /** Whether it was repaired when it was opened: what had been deleted may then be back. */
  readonly isMended: boolean;
  /** A small file beside it; undefined while there is no place for one. */
  readonly side: SideFile | undefined;
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /**
   * Writes all or nothing; with `sync` it resolves when the disk has it and every write before it. After an error it
   * may have done either.
   */
  write(operations: readonly DatabaseOperation[], options: { readonly sync: boolean }): Promise<void>;
  /** Walks over a snapshot taken at the first step. Shape: pairs of key and value. */
  entries(range: KeyRange): AsyncIterable<readonly [Uint8Array, Uint8Array]>;
  /** Gives back the room that deleted keys between the two still take. */
  compact(from: Uint8Array, to: Uint8Array): Promise<void>;
  /**
   * Looks through what is on the disk for damage that reading would trip over, while others use it. Gives whether there
   * is any; the next write then mends it, once the disk has room for that.
   */
  check(scope: CheckScope): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens, or creates, the LevelDB in `folder`. One that is damaged is repaired first: what can be read of it stays, the
 * rest goes to the quarantine, which also hears what was done.
 *
 * Errors: `STORE_LOCKED` when another process has it open, `STORE_FAILED` otherwise.
 */
export async function openLevelDatabase(
  folder: string,
  quarantine: Quarantine,
  options: OpenOptions = {},
): Promise<Database> {
  const takeBack = await finishChangeOfManifest(folder).catch((cause: unknown) => {
    throw toStoreError(folder, "opened", cause);
  });
  const ends = new UncleanEnds(folder);
  const mender = new Mender(folder, quarantine, ends);
  await mender.begin(options.isThorough === true);
  const database = new LevelDatabase(folder, mender, ends);
  await database.open(takeBack);
  return database;
}

/** How a database is opened. */
export interface OpenOptions {
  /** Whether all of its tables are looked through first; leaving it out means after two ends without a close. */
  readonly isThorough?: boolean | undefined;
}

/** In Node, `level` hands out classic-level; its types leave out what only that one can. */
interface NodeLevel extends Level<Uint8Array, Uint8Array> {
  compactRange(from: Uint8Array, to: Uint8Array): Promise<void>;
}

const NodeLevel = Level as unknown as {
  new (folder: string, options: { readonly keyEncoding: "view"; readonly valueEncoding: "view" }): NodeLevel;
};

/** Around every key that is used. */
const KEYS_START = Uint8Array.of(0);
const KEYS_END = Uint8Array.of(0xff);

/** The name of the side file in the folder of the database; LevelDB leaves alone what it did not name itself. */
const SIDE_FILE = "definitions.copy";

class LevelDatabase implements Database {
  isMended = false;
  readonly side: SideFile;
  readonly #folder: string;
  readonly #mender: Mender;
  readonly #level: NodeLevel;
  readonly #folderSync: FolderSync;
  readonly #ends: UncleanEnds;
  /** Why it has to be opened anew before anything else is written: how the last write failed. */
  #reopenCause: unknown;

  /** LevelDB begins to open by itself in the next microtask: nothing may be repaired between this and `open`. */
  constructor(folder: string, mender: Mender, ends: UncleanEnds) {
    this.side = new DiskSideFile(join(folder, SIDE_FILE));
    this.#folder = folder;
    this.#mender = mender;
    this.#ends = ends;
    this.#folderSync = new FolderSync(folder);
    this.#level = new NodeLevel(folder, { keyEncoding: "view", valueEncoding: "view" });
  }

  /** `takeBack` makes another try possible, when what is there does not open. */
  async open(takeBack?: () => Promise<void>): Promise<void> {
    try {
      await this.#level.open();
    } catch (cause) {
      if (codeOf(cause) !== "LEVEL_CORRUPTION") throw toStoreError(this.#folder, "opened", cause);
      if (takeBack !== undefined) {
        await this.#guard("opened", takeBack);
        await this.#mender.mend();
        await this.open();
        return;
      }
      await this.#mender.repair(messageOf(cause));
      await this.#guard("opened", () => this.#level.open());
    }
    if (this.#mender.hasRepaired) await this.#settleRepair();
    if (this.#mender.hasEmptied) this.isMended = true;
    await this.#ends.begin();
    try {
      await this.#folderSync.syncAll();
    } catch (cause) {
      await this.#level.close();
      throw toStoreError(this.#folder, "synced", cause);
    }
  }

  /**
   * A repair puts every table on the first level, where LevelDB takes the value of the table with the highest number,
   * which need not be the latest. Merging all tables puts that right.
   */
  async #settleRepair(): Promise<void> {
    this.isMended = true;
    await this.#guard("opened", () => this.#level.compactRange(KEYS_START, KEYS_END));
    this.#mender.hasRepaired = false;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.#level.get(key);
    } catch (cause) {
      if (codeOf(cause) === "LEVEL_CORRUPTION") return undefined;
      throw toStoreError(this.#folder, "read", cause);
    }
  }

  async write(operations: readonly DatabaseOperation[], { sync }: { readonly sync: boolean }): Promise<void> {
    const isMended = this.#mender.damaged.length > 0 && (await this.#mender.hasRoom());
    if (this.#reopenCause !== undefined || isMended) await this.#reopen(this.#reopenCause);
    try {
      await this.#level.batch([...operations], { sync });
      if (sync) await this.#folderSync.syncNewJournals();
    } catch (cause) {
      this.#reopenCause = cause;
      throw toStoreError(this.#folder, "written", cause);
    }
  }

  /**
   * LevelDB steps over a part it finds damaged and says so only when the walk is over, instead of its last entries.
   * So after such an error the walk goes on from there one by one, which gives every entry before the error.
   */
  async *entries({ from, to, limit = -1 }: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    let last: Uint8Array | undefined;
    let count = 0;
    await using snapshot = this.#takeSnapshot();
    try {
      for await (const entry of this.#level.iterator({ gte: from, lt: to, limit, snapshot })) {
        yield entry;
        last = entry[0];
        count += 1;
      }
      return;
    } catch (cause) {
      if (codeOf(cause) !== "LEVEL_CORRUPTION") throw toStoreError(this.#folder, "read", cause);
    }
    const start = last === undefined ? { gte: from } : { gt: last };
    await using iterator = this.#level.iterator({ ...start, lt: to, limit: limit - count, snapshot });
    try {
      for (let found = await iterator.nextv(1); found.length > 0; found = await iterator.nextv(1)) yield* found;
    } catch (cause) {
      if (codeOf(cause) !== "LEVEL_CORRUPTION") throw toStoreError(this.#folder, "read", cause);
    }
  }

  #takeSnapshot(): ReturnType<NodeLevel["snapshot"]> {
    try {
      return this.#level.snapshot();
    } catch (cause) {
      throw toStoreError(this.#folder, "read", cause);
    }
  }

  async compact(from: Uint8Array, to: Uint8Array): Promise<void> {
    await this.#guard("compacted", () => this.#level.compactRange(from, to));
  }

  async check({ keys, pause }: CheckScope): Promise<boolean> {
    if (keys === undefined && this.#mender.takeChecked()) return false;
    const damaged: TablePlace[] = [];
    for (const table of await listTables(this.#folder)) {
      if (keys !== undefined && !reachesInto(table, keys.from, keys.to)) continue;
      if (await hasDamagedBlock(table)) damaged.push(table);
      await pause(table.size);
    }
    const known = new Set(this.#mender.damaged.map(({ path }) => path));
    this.#mender.damaged.push(...damaged.filter(({ path }) => !known.has(path)));
    if (damaged.length === 0 && keys === undefined) await this.#ends.noteCheck();
    return damaged.length > 0;
  }

  async close(): Promise<void> {
    await this.#guard("closed", () => this.#level.close());
    await this.#ends.close();
  }

  /**
   * After a write that failed, on a full disk for instance, LevelDB refuses every other until it is opened anew, even
   * when there is room again. On a disk that is only read it would not open: there it stays open, for those who read.
   */
  async #reopen(cause: unknown): Promise<void> {
    await this.#guard("written", () => probeWriting(this.#folder));
    await this.#guard("closed", () => this.#level.close());
    await this.#mender.mend();
    if (codeOf(cause) === "LEVEL_CORRUPTION") await this.#mender.repair(messageOf(cause));
    await this.open();
    this.#reopenCause = undefined;
    await this.#mender.report();
  }

  async #guard(verb: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (cause) {
      throw toStoreError(this.#folder, verb, cause);
    }
  }
}
