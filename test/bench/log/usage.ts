/** What a process used of memory and disk, as the kernel counts it. */

import { readFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Units: bytes. */
export interface Memory {
  readonly resident: number;
  readonly residentPeak: number;
  readonly heap: number;
}

/** Memory now, and the most that was resident since the process began. */
export function measureMemory(): Memory {
  const { rss, heapUsed } = process.memoryUsage();
  return { resident: rss, residentPeak: process.resourceUsage().maxRSS * 1024, heap: heapUsed };
}

/** What this process has caused to be written to a disk; 0 where the folder is in memory. Units: bytes. */
export function writtenBytes(): number {
  return Number(/^write_bytes: (\d+)/mu.exec(readFileSync("/proc/self/io", "utf8"))?.[1] ?? 0);
}

/** Size of all files in a folder. Units: bytes. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}

/** The value below which the given share of `values` lies. Shape: at least one value. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
