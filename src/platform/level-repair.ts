/**
 * Repairs a LevelDB with LevelDB's own repair, in a process of its own: a table of which it finds nothing makes it
 * abort. What it then has not proved to be sound is set aside, and it is tried again.
 */

import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Quarantine } from "./quarantine.ts";

/** Where the process begins; what ships is compiled. */
const SOURCE = fileURLToPath(new URL("./repair-worker.ts", import.meta.url));
const WORKER = import.meta.url.endsWith(".ts") ? SOURCE : SOURCE.replace(/\.ts$/u, ".js");

/** The second time nothing is left that could make it abort; a third is for a disk that goes on breaking. */
const ATTEMPTS_MAX = 3;

/** Where LevelDB puts the files it has taken over into others, and what it could not read. */
const LOST = "lost";

/** A line of LevelDB's own diary about a table it has found rows in. */
const SOUND_TABLE = /Table #(\d+): [1-9]\d* entries (?:OK|repaired)/gu;

/**
 * Lets LevelDB gather what can be read of a closed database, and sets the files aside that it no longer needs. Throws
 * what LevelDB says when it cannot.
 */
export async function repairDatabase(folder: string, quarantine: Quarantine): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const end = await runRepair(folder);
    if (end.isDone) break;
    if (!end.isAborted || attempt === ATTEMPTS_MAX) throw new Error(end.message);
    await setUnprovedAside(folder, quarantine);
  }
  await setLostAside(folder, quarantine);
}

/** Sets aside what a repair left behind, be it that an earlier one was cut off after it. */
export async function setLostAside(folder: string, quarantine: Quarantine): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.includes(LOST)) await quarantine.take(join(folder, LOST));
}

interface RepairEnd {
  readonly isDone: boolean;
  /** Whether LevelDB ended the process. */
  readonly isAborted: boolean;
  readonly message: string;
}

async function runRepair(folder: string): Promise<RepairEnd> {
  const { promise, resolve } = Promise.withResolvers<RepairEnd>();
  execFile(process.execPath, [WORKER, folder], (error, _stdout, stderr) => {
    const message = stderr.trim() || error?.message || "";
    resolve({ isDone: error === null, isAborted: error?.signal === "SIGABRT" || error?.signal === "SIGBUS", message });
  });
  return await promise;
}

async function setUnprovedAside(folder: string, quarantine: Quarantine): Promise<void> {
  const diary = await readFile(join(folder, "LOG"), "latin1").catch(() => "");
  const sound = new Set(Array.from(diary.matchAll(SOUND_TABLE), ([, number]) => Number(number)));
  const tables = (await readdir(folder)).filter((name) => /^\d+\.(?:ldb|sst)$/u.test(name));
  for (const name of tables.filter((each) => !sound.has(Number.parseInt(each, 10)))) {
    await setTableAside(join(folder, name), "has nothing that can be read", quarantine);
  }
}

/** Moves a table out of the way that would do harm. */
export async function setTableAside(path: string, why: string, quarantine: Quarantine): Promise<void> {
  if (!(await quarantine.take(path))) throw new Error(`${path} ${why} and cannot be set aside`);
  quarantine.say(`The table ${basename(path)} ${why}: it is set aside, and what only it held is missing.`);
}
