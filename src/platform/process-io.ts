/** What this process has made its disks write, as the kernel counts it. */

import { readFileSync } from "node:fs";

/**
 * Measures what the whole process has sent to disks since it began: the log and all else it writes, rounded up to
 * pages, without what the file system writes for itself. Undefined where the kernel does not tell.
 *
 * Units: bytes. Source: proc_pid_io(5), `write_bytes`.
 */
export function measureWrittenBytes(): number | undefined {
  try {
    const count = /^write_bytes: (\d+)$/mu.exec(readFileSync("/proc/self/io", "utf8"))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}
