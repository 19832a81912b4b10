/** What is done to a LevelDB before LevelDB opens it, and when it cannot. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { listTables, mendBlocks, type TablePlace } from "./level-block-check.ts";
import { toStoreError } from "./level-error.ts";
import { mendJournals } from "./level-journal.ts";
import { repairDatabase, setLostAside, setTableAside } from "./level-repair.ts";
import { correctTable, findBrokenTables } from "./level-tables.ts";
import { findLockOwner } from "./lock-owner.ts";
import type { Quarantine } from "./quarantine.ts";
import type { UncleanEnds } from "./unclean-ends.ts";

/** A check of more is told of, because it takes its time. Units: bytes. */
const TOLD_BYTES = 64 * 1024 * 1024;

/** What LevelDB writes when it opens: a manifest and a journal, and what the last journal holds. Units: bytes. */
const SPARE_BYTES = 1024 * 1024;

/** Mends one closed database. Errors: `STORE_FAILED`. */
export class Mender {
  /** Until what a repair left is put in order. */
  hasRepaired = false;
  /** Whether a block of a table was emptied: what it said to be deleted may be back. */
  hasEmptied = false;
  /** Tables in which a block is known to be damaged. */
  damaged: TablePlace[] = [];
  #isChecked = false;
  readonly #folder: string;
  readonly #quarantine: Quarantine;
  readonly #ends: UncleanEnds;

  constructor(folder: string, quarantine: Quarantine, ends: UncleanEnds) {
    this.#folder = folder;
    this.#quarantine = quarantine;
    this.#ends = ends;
  }

  /**
   * Mends what nobody has in memory yet. Beside the rest, corrects what LevelDB would leave out of its journals, where
   * that can be, and tells of it where not. What another process has open is left to it.
   */
  async begin(isThorough: boolean): Promise<void> {
    if (findLockOwner(join(this.#folder, "LOCK")) !== undefined) return;
    await this.#ends.read();
    await this.#ends.begin();
    await this.#guard("opened", () => mendJournals(this.#folder, this.#quarantine));
    await this.mend();
    if (isThorough || this.#ends.isCheckDue) await this.#checkTables();
  }

  /** Mends what LevelDB would not see, or would make worse. What another process has open is left to it. */
  async mend(): Promise<void> {
    if (findLockOwner(join(this.#folder, "LOCK")) !== undefined) return;
    await setLostAside(this.#folder, this.#quarantine);
    const why = await findLostFile(this.#folder);
    if (why !== undefined) await this.repair(why);
    let isAside = false;
    for (const table of await findBrokenTables(this.#folder)) {
      await this.#guard("repaired", async () => {
        if (await correctTable(table, this.#quarantine)) return;
        await setTableAside(table.path, table.why, this.#quarantine);
        isAside = true;
      });
    }
    if (isAside) await this.repair("tables of it are set aside");
    if (await this.hasRoom()) await this.#mendTables(this.damaged.splice(0));
  }

  /** Whether the disk has room to write the damaged tables anew, one after the other. Until then they stay. */
  async hasRoom(): Promise<boolean> {
    const needed = Math.max(0, ...this.damaged.map(({ size }) => size)) + SPARE_BYTES;
    return this.damaged.length === 0 || ((await this.#quarantine.measureFree()) ?? Number.POSITIVE_INFINITY) >= needed;
  }

  /** Writes down what was said since the last time. */
  async report(): Promise<void> {
    await this.#quarantine.report();
  }

  /** Lets LevelDB gather what can be read. */
  async repair(why: string): Promise<void> {
    this.#quarantine.say(
      `The database in ${this.#folder} is damaged (${why}): it is repaired, and what can be read is kept.`,
    );
    // A damaged block may end LevelDB's repair as it ends a read.
    await this.#checkTables();
    await this.#guard("repaired", () => repairDatabase(this.#folder, this.#quarantine));
    this.hasRepaired = true;
  }

  /** Whether all tables were looked through when it was opened, and nobody has asked for it since. */
  takeChecked(): boolean {
    const isChecked = this.#isChecked;
    this.#isChecked = false;
    return isChecked;
  }

  async #checkTables(): Promise<void> {
    const tables = await listTables(this.#folder);
    const byteCount = tables.reduce((sum, { size }) => sum + size, 0);
    const isTold = byteCount >= TOLD_BYTES;
    const began = performance.now();
    if (isTold) {
      const size = `${Math.round(byteCount / 1e6)} MB`;
      this.#quarantine.say(`All tables of the database in ${this.#folder} are checked, ${size}: this takes a while.`);
    }
    await this.#mendTables(tables);
    if (isTold) this.#quarantine.say(`They are checked, in ${((performance.now() - began) / 1_000).toFixed(1)} s.`);
    await this.#ends.noteCheck();
    this.#isChecked = true;
  }

  async #mendTables(tables: readonly TablePlace[]): Promise<void> {
    for (const table of tables) {
      await this.#guard("repaired", async () => {
        if (await mendBlocks(table, this.#quarantine)) this.hasEmptied = true;
      });
    }
  }

  async #guard(verb: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (cause) {
      throw toStoreError(this.#folder, verb, cause);
    }
  }
}

/**
 * Names the file without which LevelDB would begin a new database and delete the tables of the old one, or would not
 * open at all.
 */
async function findLostFile(folder: string): Promise<string | undefined> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return undefined;
  }
  if (!names.includes("CURRENT")) {
    return names.some((name) => name.endsWith(".ldb")) ? "the file CURRENT is missing" : undefined;
  }
  const manifest = (await readFile(join(folder, "CURRENT"), "latin1")).trimEnd();
  return names.includes(manifest) ? undefined : "the MANIFEST file that CURRENT names is missing";
}
