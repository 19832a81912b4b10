/** Turns bits of LevelDB's files back that had turned over. */

import { basename, dirname } from "node:path";
import type { Quarantine } from "./quarantine.ts";
import { replaceFile } from "./replace-file.ts";

/** Gives the bytes with those bits turned over, numbered from the lowest of byte 0 on. Shape: any. */
export function turnOver(bytes: Buffer, bits: readonly number[]): Buffer {
  const turned = Buffer.from(bytes);
  for (const bit of bits) turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return turned;
}

/** Corrects a file of a closed database, keeps it as it was, tells of it, and gives what it holds then. */
export async function correctFile(
  path: string,
  bytes: Buffer,
  flips: readonly number[],
  quarantine: Quarantine,
): Promise<Buffer> {
  const name = basename(path);
  await quarantine.keep(name, bytes);
  const corrected = turnOver(bytes, flips);
  await replaceFile(path, corrected);
  const bits = flips.length === 1 ? "one flipped bit" : `${flips.length} flipped bits`;
  const places = flips.map((bit) => `bit ${bit & 7} of byte ${Math.floor(bit / 8)}`).join(", ");
  quarantine.say(`Corrected ${bits} in ${name} of the database in ${dirname(path)}: ${places}.`);
  return corrected;
}
