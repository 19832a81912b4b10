/**
 * Looks through LevelDB's journals before LevelDB reads them. Behind a damaged place it steps over as much as 32 KiB,
 * many seconds of readings, and over a journal that is gone altogether, and says nothing of either.
 */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readManifest } from "./level-manifest.ts";
import { scanRecords } from "./level-records.ts";
import type { Quarantine } from "./quarantine.ts";

const JOURNAL = /^(\d+)\.log$/u;

/**
 * Tells of each journal in use that is missing or damaged, and keeps what is damaged, when nothing of it is in memory.
 *
 * An end that is no whole write is not told: every kill may leave one, of a write that nobody was told of. And nothing
 * is mended. What LevelDB leaves out behind a damaged place may be whole, and yet it must not come back by itself:
 * where a power cut took one of two writes that were not synced, the other may delete what the first moved.
 */
export async function tellOfJournals(folder: string, quarantine: Quarantine): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const journalMin = (await readManifest(folder))?.journal ?? 0;
  const expected = `${String(journalMin).padStart(6, "0")}.log`;
  if (journalMin > 0 && !names.includes(expected)) {
    quarantine.say(`The journal ${expected} of the database in ${folder} is missing: what was written last is lost.`);
  }
  for (const name of names.sort()) {
    const number = Number(JOURNAL.exec(name)?.[1] ?? -1);
    if (number < journalMin) continue;
    const bytes = await readFile(join(folder, name));
    const { lostBytes } = scanRecords(bytes);
    if (lostBytes > 0) {
      await quarantine.keep(name, bytes);
      quarantine.say(
        `The journal ${name} of the database in ${folder} is damaged: ${lostBytes} bytes of it cannot be read, and ` +
          "are lost with what stands behind them in the same 32 KiB.",
      );
    }
  }
}
