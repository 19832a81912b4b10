/**
 * What inputs know of their devices beyond a restart, in one small file of the run path.
 *
 * The file is written beside its place and renamed into it, so that there is always a whole one: the old or the new.
 * It is learned anew where it is lost, so nothing here ever keeps a gateway from starting or polling.
 */

import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { InputMemory } from "../model/input.ts";

const VERSION = 1;

/** Limits: so many things are known; what was written longest ago is forgotten first. */
const ENTRIES_MAX = 1000;

/** A memory in a file. */
export class MemoryFile implements InputMemory, AsyncDisposable {
  readonly #path: string;
  readonly #notice: (what: string) => void;
  readonly #entries: Map<string, unknown>;
  #writing: Promise<void> = Promise.resolve();
  #isChanged = false;
  #isFailing = false;

  private constructor(path: string, entries: Map<string, unknown>, notice: (what: string) => void) {
    this.#path = path;
    this.#entries = entries;
    this.#notice = notice;
  }

  /** Opens it; what cannot be read is told of by `notice`, in a whole sentence, and counts as nothing known. */
  static async open(path: string, notice: (what: string) => void): Promise<MemoryFile> {
    try {
      return new MemoryFile(path, parse(await readFile(path, "utf8")), notice);
    } catch (cause) {
      const isNew = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
      if (!isNew) notice(`${path} cannot be read (${cause}), so what was known of devices is learned anew.`);
      return new MemoryFile(path, new Map(), notice);
    }
  }

  read(key: string): unknown {
    return this.#entries.get(key);
  }

  /** Changes what is known at once; the file follows. */
  write(key: string, value: unknown): void {
    this.#entries.delete(key);
    if (value !== undefined) this.#entries.set(key, value);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= ENTRIES_MAX) break;
      this.#entries.delete(oldest);
    }
    if (this.#isChanged) return;
    this.#isChanged = true;
    this.#writing = this.#writing.then(() => this.#save());
  }

  /** Resolves when the file says what is known. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
  }

  async #save(): Promise<void> {
    this.#isChanged = false;
    const text = `${JSON.stringify({ version: VERSION, known: Object.fromEntries(this.#entries) }, null, 1)}\n`;
    try {
      await writeWhole(this.#path, text);
      this.#isFailing = false;
    } catch (cause) {
      if (!this.#isFailing) {
        this.#notice(
          `${this.#path} cannot be written (${cause}); what devices refuse is learned anew after a restart.`,
        );
      }
      this.#isFailing = true;
    }
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, "w", 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Errors: any, where it is not what `write` wrote. */
function parse(text: string): Map<string, unknown> {
  const { version, known } = JSON.parse(text) as { version?: unknown; known?: unknown };
  if (version !== VERSION || typeof known !== "object" || known === null) throw new Error("it is of no known version");
  return new Map(Object.entries(known));
}
