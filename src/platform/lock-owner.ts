/** Who holds a lock on a file, as the kernel tells it. */

import { readFileSync, statSync } from "node:fs";

/**
 * Finds the process that has a lock on `path`; undefined when none has, or when it cannot be known from here, as for a
 * process outside of this container.
 *
 * Source: proc_locks(5): `1: POSIX ADVISORY WRITE PID MAJOR:MINOR:INODE START END`.
 */
export function findLockOwner(path: string): number | undefined {
  try {
    const { ino } = statSync(path);
    const line = readFileSync("/proc/locks", "utf8")
      .split("\n")
      .find((candidate) => candidate.split(/\s+/u)[5]?.endsWith(`:${ino}`));
    const pid = Number(line?.split(/\s+/u)[4]);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
