/** A small file beside the tables of a database, which the database itself knows nothing of. */

import { type FileHandle, open, readFile, rename } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { GatewayError } from "../model/errors.ts";

/** A small file. Errors: `STORE_FAILED`, from every method that writes; the file may then hold a part of it. */
export interface SideFile {
  /** All of it; undefined when there is none, or when it cannot be read. */
  read(): Promise<Uint8Array | undefined>;
  /** Puts this in the place of all there was. It resolves when the disk has it; until then it has either. */
  replace(bytes: Uint8Array): Promise<void>;
  /** Writes at an offset of the file that is there. It resolves when the disk has it. */
  writeAt(offset: number, bytes: Uint8Array): Promise<void>;
}

/** A side file on the disk. */
export class DiskSideFile implements SideFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.#path);
    } catch {
      return undefined;
    }
  }

  async replace(bytes: Uint8Array): Promise<void> {
    const fresh = `${this.#path}.new`;
    await this.#guard(async () => {
      await writeSynced(await open(fresh, "w"), 0, bytes);
      await rename(fresh, this.#path);
      await syncFolder(dirname(this.#path));
    });
  }

  async writeAt(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#guard(async () => writeSynced(await open(this.#path, "r+"), offset, bytes));
  }

  async #guard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new GatewayError("STORE_FAILED", `${basename(this.#path)} could not be written: ${what}`, {
        context: { path: this.#path },
        cause,
      });
    }
  }
}

async function writeSynced(handle: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
