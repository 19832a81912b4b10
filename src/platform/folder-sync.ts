/**
 * Makes the names of LevelDB's files sure. LevelDB syncs what is in its files, but not the folder in which it begins a
 * new journal, nor the folder's own name: a disk that loses power may then have every byte and no name for it. It also
 * leaves the end of a journal unsynced when an unsynced write is the last in it. `docs/decisions/0007` tells the story.
 */

import { type FileHandle, open, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** Watches the folder of one open database. */
export class FolderSync {
  readonly #folder: string;
  #journals = new Set<string>();

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  /** Makes sure what there is, and that it is found: for a database that was just opened. */
  async syncAll(): Promise<void> {
    this.#journals = await this.#listJournals();
    await syncPath(this.#folder);
    await syncPath(dirname(this.#folder));
  }

  /**
   * After a synced write: when LevelDB has begun a new journal, makes its name sure, and what earlier writes left
   * unsynced in the journal before.
   */
  async syncNewJournals(): Promise<void> {
    const journals = await this.#listJournals();
    if ([...journals].every((name) => this.#journals.has(name))) return;
    for (const name of journals) await syncPath(join(this.#folder, name));
    await syncPath(this.#folder);
    this.#journals = journals;
  }

  async #listJournals(): Promise<Set<string>> {
    const names = await readdir(this.#folder);
    return new Set(names.filter((name) => name.endsWith(".log")));
  }
}

/**
 * Why a path may have no sync: a journal is gone because all of it stands in a table by now; the folder above may be
 * closed to us, or on a disk that is only read.
 */
const NOTHING_TO_SYNC: ReadonlySet<unknown> = new Set(["ENOENT", "EACCES", "EINVAL", "EROFS"]);

/** Makes sure what is in a file, or which names are in a folder, where there is something to make sure. */
export async function syncPath(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    await handle.sync();
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && NOTHING_TO_SYNC.has(cause.code))) throw cause;
  } finally {
    await handle?.close();
  }
}
