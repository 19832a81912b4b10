/**
 * What the plant has outside its folder: names of serial ports, and folders of short life. Each name tells the process
 * it belongs to, so that the next plant clears away what one left behind that was killed.
 */

import { randomUUID } from "node:crypto";
import { readlinkSync } from "node:fs";
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder below /dev, where a gateway looks for ports, in which anybody may name one. */
const NAMES_OF_PORTS = "/dev/shm";

/** Gives a port of a machine a name, which stays when its adapter is plugged in anew. */
export function nameOfPort(machine: string): string {
  return join(NAMES_OF_PORTS, `${prefixOf(process.pid)}${machine}-${randomUUID().slice(0, 8)}`);
}

/** Makes a folder for a machine, which removes it. */
export async function makeFolderOutside(machine: string): Promise<string> {
  return await mkdtemp(join(tmpdir(), `${prefixOf(process.pid)}${machine}-`));
}

/** Removes what is there of this user's processes that are gone. What cannot be removed stays. */
export async function clearPlacesOutside(folders: readonly string[] = [NAMES_OF_PORTS, tmpdir()]): Promise<void> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter(isOfDeadProcess)) await removeOwn(join(folder, name));
  }
}

/** What the names begin with that belong to a process: with its number and that of those it was counted among. */
export function prefixOf(pid: number): string {
  return `tidegate-sim-${pid}-of-${countedAmong()}-`;
}

function isOfDeadProcess(name: string): boolean {
  const pid = Number(/^tidegate-sim-(\d+)-/u.exec(name)?.[1]);
  if (!(pid > 0) || !name.startsWith(prefixOf(pid))) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "ESRCH";
  }
}

/** Containers may share these folders and count their processes each for itself. */
function countedAmong(): string {
  try {
    return /\d+/u.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "all";
  } catch {
    return "all";
  }
}

/** A link goes, and what it leads to stays. What another user put there is not looked into. */
async function removeOwn(path: string): Promise<void> {
  try {
    const { uid } = await lstat(path);
    if (uid === process.getuid?.()) await rm(path, { recursive: true, force: true });
  } catch {
    // Another plant was quicker.
  }
}
