/**
 * Lets the kernel end a process when the one that started it is gone, however that came: one in an endless loop hears
 * of nothing else. Node has no call for it; `setpriv` of util-linux makes it before Node begins, and costs no memory.
 */

import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { processEnvironment } from "./environment.ts";
import { pathKind } from "./files.ts";

/** What a process has to be started with, so that it ends with this one. */
export interface ParentDeath {
  /** Comes before the command; nothing where there is no such program. */
  readonly command: readonly string[];
  /** Where the process finds the package `koffi`, to make the call itself; absent where it need not, or cannot. */
  readonly koffi?: string;
}

/** Begins the code of a process, in which `parent` and `koffi` are what it was told. */
export const END_WITH_PARENT = `
if (koffi) try {
  const { createRequire } = process.getBuiltinModule("node:module");
  const { load } = createRequire(koffi)(koffi);
  load(null).func("int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)")(1, 9, 0, 0, 0);
} catch {}
if (process.ppid !== parent) process.exit();
`;

const FOLDERS: readonly string[] = ["/usr/bin", "/bin"];

/** Finds the way of this machine. That of BusyBox knows no such option, which is why it is tried. */
export async function findParentDeath(): Promise<ParentDeath> {
  const options = ["--pdeathsig", "KILL"];
  const own = (processEnvironment()["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/"));
  const paths = new Set([...own, ...FOLDERS].map((folder) => join(folder, "setpriv")));
  // To try what is not there costs the start of a process, too.
  for (const path of [...paths].filter((each) => pathKind(each) === "file")) {
    const works = await promisify(execFile)(path, [...options, "true"]).then(
      () => true,
      () => false,
    );
    if (works) return { command: [path, ...options] };
  }
  return findKoffi();
}

/** The package instead, which takes two megabytes in each process. */
export function findKoffi(): ParentDeath {
  try {
    return { command: [], koffi: createRequire(import.meta.url).resolve("koffi") };
  } catch {
    return { command: [] };
  }
}
