/** What is done to a LevelDB before LevelDB opens it, and when it cannot. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { toStoreError } from "./level-error.ts";
import { mendJournals } from "./level-journal.ts";
import { repairDatabase, setLostAside, setTableAside } from "./level-repair.ts";
import { correctTable, findBrokenTables } from "./level-tables.ts";
import { findLockOwner } from "./lock-owner.ts";
import type { Quarantine } from "./quarantine.ts";

/** Mends one closed database. Errors: `STORE_FAILED`. */
export class Mender {
  /** Until what a repair left is put in order. */
  hasRepaired = false;
  readonly #folder: string;
  readonly #quarantine: Quarantine;

  constructor(folder: string, quarantine: Quarantine) {
    this.#folder = folder;
    this.#quarantine = quarantine;
  }

  /**
   * Corrects what LevelDB would leave out of its journals, where that can be, and tells of it where not. What another
   * process has open is left to it.
   */
  async mendJournals(): Promise<void> {
    if (findLockOwner(join(this.#folder, "LOCK")) !== undefined) return;
    await this.#guard("opened", () => mendJournals(this.#folder, this.#quarantine));
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
    await this.#guard("repaired", () => repairDatabase(this.#folder, this.#quarantine));
    this.hasRepaired = true;
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
