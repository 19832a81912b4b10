/** A small file beside the tables of a database, which the database itself knows nothing of. */

import { open, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { GatewayError } from "../model/errors.ts";
import { replaceFile } from "./replace-file.ts";

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
    await this.#guard(() => replaceFile(this.#path, bytes, `${basename(this.#path)}.new`));
  }

  async writeAt(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#guard(() => writeSynced(this.#path, offset, bytes));
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

async function writeSynced(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, "r+");
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
