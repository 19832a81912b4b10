/**
 * Mends LevelDB's journals before LevelDB reads them. Behind a damaged place it would step over as much as 32 KiB, many
 * seconds of readings that were synced, and over a journal that is gone altogether, and say nothing of either.
 */

import { open, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { readManifest } from "./level-manifest.ts";
import { encodeRecords, scanRecords } from "./level-records.ts";
import type { Quarantine } from "./quarantine.ts";

const JOURNAL = /^(\d+)\.log$/u;

/**
 * Writes anew each journal in use that is damaged in its middle, with every whole write of it, and keeps the damaged
 * one. At its end a journal may have what was being written when the power went, which LevelDB leaves out. It is told
 * with `isOpening` only: what a write that failed leaves there in a running gateway is lost to nobody.
 */
export async function mendJournals(folder: string, quarantine: Quarantine, isOpening: boolean): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const journalMin = (await readManifest(folder))?.journal ?? 0;
  const expected = `${String(journalMin).padStart(6, "0")}.log`;
  if (isOpening && journalMin > 0 && !names.includes(expected)) {
    quarantine.say(`The journal ${expected} of the database in ${folder} is missing: what was written last is lost.`);
  }
  for (const name of names.sort()) {
    const number = Number(JOURNAL.exec(name)?.[1] ?? -1);
    if (number < journalMin) continue;
    const bytes = await readFile(join(folder, name));
    const { records, lostBytes, tail } = scanRecords(bytes);
    if (lostBytes > 0) {
      await quarantine.keep(name, bytes);
      await rewrite(join(folder, name), encodeRecords(records));
      quarantine.say(
        `The journal ${name} of the database in ${folder} is damaged: ${lostBytes} bytes of it cannot be read, ` +
          `the ${records.length} writes around them are kept.`,
      );
    }
    if (isOpening && tail.some((byte) => byte !== 0)) {
      await quarantine.keep(`${name}.end`, tail);
      quarantine.say(
        `The journal ${name} of the database in ${folder} ends in ${tail.length} bytes that are no whole write: ` +
          "the last write was cut off, or is damaged, and is lost.",
      );
    }
  }
}

/** Cut off at any moment, either the old or the new journal is there. */
async function rewrite(path: string, bytes: Uint8Array): Promise<void> {
  const written = path.replace(/\.log$/u, ".mended");
  const handle = await open(written, "w");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(written, path);
}
