/**
 * The file in which LevelDB names its manifest. At every opening it writes a new manifest, syncs it, renames a new
 * CURRENT over the old, and deletes what only the old manifest needs, without a sync in between: a power cut may lose
 * the rename and keep the deletions. The old manifest then describes files that are gone; the new one is whole.
 */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "./replace-file.ts";

const MANIFEST = /^MANIFEST-(\d+)$/u;

/**
 * Finishes the change to a newer manifest than the one CURRENT names; undefined when there is none. A newer one that
 * was not finished itself does not open: then nothing had been deleted yet, and what is returned takes the change back.
 */
export async function finishChangeOfManifest(folder: string): Promise<(() => Promise<void>) | undefined> {
  let names: string[];
  let current: string;
  try {
    names = await readdir(folder);
    current = (await readFile(join(folder, "CURRENT"), "latin1")).trimEnd();
  } catch {
    return undefined;
  }
  const newest = Math.max(...names.map(numberOf));
  const newestName = names.find((name) => numberOf(name) === newest);
  if (!MANIFEST.test(current) || newestName === undefined || newest <= numberOf(current)) return undefined;
  await writeCurrent(folder, newestName);
  return () => writeCurrent(folder, current);
}

/** The number of a manifest; of any other file, one that is smaller. */
function numberOf(name: string): number {
  return Number(MANIFEST.exec(name)?.[1] ?? -1);
}

async function writeCurrent(folder: string, manifest: string): Promise<void> {
  await replaceFile(join(folder, "CURRENT"), Buffer.from(`${manifest}\n`));
}
