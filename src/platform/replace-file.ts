/** Puts other bytes in the place of a file, so that a power cut leaves the one or the other. */

import { open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncPath } from "./folder-sync.ts";

/** By its name LevelDB takes it for a file of its own that was never finished, and deletes it when it opens. */
const UNFINISHED = "000000.dbtmp";

/**
 * Writes the bytes beside the file, makes them sure, then gives them its name. Until then they are called `unfinished`;
 * leaving it out is for the files of a closed database. Shape: any.
 */
export async function replaceFile(path: string, bytes: Uint8Array, unfinished = UNFINISHED): Promise<void> {
  const folder = dirname(path);
  const written = join(folder, unfinished);
  try {
    await writeSynced(written, bytes);
    await rename(written, path);
  } catch (cause) {
    await rm(written, { force: true });
    throw cause;
  }
  await syncPath(folder);
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, "w");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
