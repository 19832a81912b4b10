/**
 * The folder in which what is damaged is set aside, so that someone may look at it or mend it by hand. Each opening or
 * repair has a folder of its own in it, named by its moment, with the damaged files and a text that says what was found
 * and what it cost. Nothing here ever stops what it serves: what cannot be set aside is said and done without.
 */

import { cp, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { EpochMillis } from "../model/time.ts";

/** Most that is kept, the newest in any case. Units: bytes. */
const BYTES_MAX = 64 * 1024 * 1024;

/** What a report tells at most: a disk that fails for weeks is told of more often. */
const SENTENCES_MAX = 1_000;

const REPORT = "report.txt";

/** Where a quarantine is and what bounds it. */
export interface QuarantinePlace {
  /** It is made when something is set aside. */
  readonly folder: string;
  readonly now: () => EpochMillis;
  /** Units: bytes that stay free on the disk; nothing is copied below that. */
  readonly freeBytesMin: number;
  /** Measures the free room of the disk in bytes, undefined when it cannot be told; leaving it out means enough. */
  readonly measureFree?: (() => Promise<number | undefined>) | undefined;
  /** Leaving it out means 64 MiB. Units: bytes. */
  readonly bytesMax?: number;
  /** Hears, in whole sentences, what was found and what was done about it. */
  readonly notice: (what: string) => void;
}

/** The quarantine of a database: beside it, on its disk. */
export function quarantineOf(databaseFolder: string): string {
  return join(dirname(databaseFolder), "quarantine");
}

/** Sets things aside for one opening or repair. No method throws. */
export class Quarantine {
  readonly #place: QuarantinePlace;
  /** Made with the first thing set aside. */
  #folder: string | undefined;
  /** What the next report tells. */
  #said: string[] = [];

  constructor(place: QuarantinePlace) {
    this.#place = place;
  }

  /** The folder of this opening; undefined while nothing was set aside. */
  get folder(): string | undefined {
    return this.#folder;
  }

  /** Measures the free room of the disk in bytes; undefined when it cannot be told. */
  async measureFree(): Promise<number | undefined> {
    return await this.#place.measureFree?.();
  }

  /** Tells what was found, in a whole sentence: to whoever listens, and in the report. */
  say(what: string): void {
    if (this.#said.length < SENTENCES_MAX) this.#said.push(what);
    this.#place.notice(what);
  }

  /**
   * Moves a file or a folder out of the way: here, or else to a name beside its own, which needs no room. Gives whether
   * it is out of the way.
   */
  async take(path: string): Promise<boolean> {
    try {
      await this.#moveHere(path);
      return true;
    } catch (cause) {
      return await this.#leaveBeside(path, cause);
    }
  }

  /** Keeps a copy of what is about to be overwritten or deleted. */
  async keep(name: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#refuseBelowFloor(bytes.length);
      await writeFile(await this.#freePath(name), bytes);
    } catch (cause) {
      this.say(`The damaged record ${name} could not be set aside: ${messageOf(cause)}.`);
    }
  }

  /** Writes down what was said, if anything was set aside, and lets go of what is oldest. */
  async report(): Promise<void> {
    const folder = this.#folder;
    if (folder === undefined) return;
    this.say(`What is damaged is kept in ${folder}.`);
    const text = `${new Date(this.#place.now()).toISOString()}\n${this.#said.splice(0).join("\n")}\n`;
    try {
      await writeFile(join(folder, REPORT), text, { flag: "a" });
      await this.#trim(folder);
    } catch (cause) {
      this.say(`The quarantine ${this.#place.folder} could not be kept in order: ${messageOf(cause)}.`);
    }
  }

  async #moveHere(path: string): Promise<void> {
    const target = await this.#freePath(basename(path));
    try {
      await rename(path, target);
    } catch (cause) {
      if (!hasCode(cause, "EXDEV")) throw cause;
      await this.#refuseBelowFloor(await sizeOf(path));
      await cp(path, target, { recursive: true });
      await rm(path, { recursive: true });
    }
  }

  async #leaveBeside(path: string, why: unknown): Promise<boolean> {
    try {
      await rename(path, `${path}.damaged`);
      this.say(`${path} stays beside, as ${basename(path)}.damaged: ${messageOf(why)}.`);
      return true;
    } catch (cause) {
      this.say(`${path} could not be set aside: ${messageOf(cause)}.`);
      return false;
    }
  }

  /** A path in the folder of this opening that nothing has yet. */
  async #freePath(name: string): Promise<string> {
    if (this.#folder === undefined) {
      const folder = join(this.#place.folder, new Date(this.#place.now()).toISOString().replaceAll(":", "-"));
      await mkdir(folder, { recursive: true });
      this.#folder = folder;
    }
    const taken = new Set(await readdir(this.#folder));
    let free = name;
    for (let copy = 2; taken.has(free); copy += 1) free = `${name}.${copy}`;
    return join(this.#folder, free);
  }

  async #refuseBelowFloor(byteCount: number): Promise<void> {
    const { measureFree, freeBytesMin } = this.#place;
    if (((await measureFree?.()) ?? Number.POSITIVE_INFINITY) - byteCount >= freeBytesMin) return;
    throw new Error("the disk has no room to spare");
  }

  /** The oldest go until the rest is small enough and the disk has room to spare; of the newest at least the report. */
  async #trim(newest: string): Promise<void> {
    const { folder, bytesMax = BYTES_MAX, freeBytesMin, measureFree } = this.#place;
    const folders = (await readdir(folder)).sort().map((name) => join(folder, name));
    const sizes = new Map<string, number>();
    for (const path of folders) sizes.set(path, await sizeOf(path));
    let bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const path of [...folders.filter((each) => each !== newest), newest]) {
      const isRoomy = ((await measureFree?.()) ?? Number.POSITIVE_INFINITY) >= freeBytesMin;
      if (bytes <= bytesMax && isRoomy) return;
      if (path === newest) await removeAllButReport(path);
      else await rm(path, { recursive: true });
      bytes -= sizes.get(path) ?? 0;
    }
  }
}

async function removeAllButReport(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name !== REPORT) await rm(join(folder, name), { recursive: true });
}

/** Units: bytes, of a file or of everything in a folder. */
async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path);
  if (!stats.isDirectory()) return stats.size;
  let bytes = 0;
  for (const name of await readdir(path)) bytes += await sizeOf(join(path, name));
  return bytes;
}

function hasCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
