/**
 * Looks through LevelDB's journals before LevelDB reads them. Behind a damaged place it steps over as much as 32 KiB,
 * many seconds of readings, and over a journal that is gone altogether, and says nothing of either. In a manifest it
 * takes for the end what may have been followed by more.
 */

import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { placeOfBatch } from "./level-batch.ts";
import { correctFile } from "./level-corrector.ts";
import { findFlips, type PlaceOf } from "./level-flips.ts";
import { placeOfEdit, readManifest } from "./level-manifest.ts";
import { type RecordScan, scanRecords } from "./level-records.ts";
import type { Quarantine } from "./quarantine.ts";

const JOURNAL = /^(\d+)\.log$/u;

/**
 * Corrects each bit that turned over in the manifest and in the journals in use, and tells of it, when nothing of them
 * is in memory. A journal that is missing, or damaged in another way, is told and kept.
 *
 * An end that is no whole write is not told: every kill may leave one, of a write that nobody was told of. And what is
 * damaged in another way is not mended. What LevelDB leaves out behind such a place may be whole, and yet it must not
 * come back by itself: where a power cut took one of two writes that were not synced, the other may delete what the
 * first moved.
 *
 * Throws, naming the file, where one cannot be read or corrected.
 */
export async function mendJournals(folder: string, quarantine: Quarantine): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const current = names.includes("CURRENT") ? await readWhole(join(folder, "CURRENT")) : Buffer.alloc(0);
  const manifest = current.toString("latin1").trimEnd();
  if (manifest.startsWith("MANIFEST-") && names.includes(manifest)) {
    await correctRecords(join(folder, manifest), placeOfEdit, quarantine);
  }
  const journalMin = (await readManifest(folder))?.journal ?? 0;
  const expected = `${String(journalMin).padStart(6, "0")}.log`;
  if (journalMin > 0 && !names.includes(expected)) {
    quarantine.say(`The journal ${expected} of the database in ${folder} is missing: what was written last is lost.`);
  }
  for (const name of names.sort()) {
    const number = Number(JOURNAL.exec(name)?.[1] ?? -1);
    if (number < journalMin) continue;
    const { lostBytes } = await correctRecords(join(folder, name), placeOfBatch, quarantine);
    if (lostBytes > 0) {
      quarantine.say(
        `The journal ${name} of the database in ${folder} is damaged: ${lostBytes} bytes of it cannot be read, and ` +
          "are lost with what stands behind them in the same 32 KiB.",
      );
    }
  }
}

/** Gives what the file holds then. */
async function correctRecords(path: string, placeOf: PlaceOf, quarantine: Quarantine): Promise<RecordScan> {
  const bytes = await readWhole(path);
  const scan = scanRecords(bytes);
  if (scan.lostBytes === 0 && scan.tail.length === 0) return scan;
  const flips = findFlips(bytes, placeOf);
  if (flips.length > 0) return scanRecords(await correctFile(path, bytes, flips, quarantine));
  if (scan.lostBytes > 0) await quarantine.keep(basename(path), bytes);
  return scan;
}

async function readWhole(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new Error(`${basename(path)} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
