/** Finds out whether a folder can be written before something depends on it. */

import { open, unlink } from "node:fs/promises";
import { join } from "node:path";

const PROBE_NAME = "write-probe";

/** A block of most file systems: on a full disk an empty file can still be made. */
const PROBE_BYTES = 4096;

/** Writes, syncs and removes a small file. Errors: those of the system, when the disk refuses any of it. */
export async function probeWriting(folder: string): Promise<void> {
  const path = join(folder, PROBE_NAME);
  const handle = await open(path, "w");
  try {
    await handle.write(new Uint8Array(PROBE_BYTES));
    await handle.sync();
  } finally {
    await handle.close();
    await unlink(path);
  }
}
