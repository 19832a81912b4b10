/** The files of `checks.d`, which hold the checks of the user: one for each, under the name of its check. */

import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type FileText, listFolder } from "../platform/files.ts";

/** What Node runs as it is. What types say of a module (`.d.ts`) is no code. */
const ENDING = /(?<!\.d)\.(?:ts|mts|js|mjs)$/u;

/** Files in folders below `checks.d`, of which a change is noticed; and how deep. */
const SHARED_MAX = 200;
const DEPTH_MAX = 3;

/** The file of one check of the user. */
export interface CheckCode {
  readonly name: string;
  readonly file: string;
  /** Files of the same name with other endings. */
  readonly others: readonly string[];
}

/** Lists the checks of the user by their names. What begins with a dot or an underscore is none. */
export function findCheckCode(folder: string): ReadonlyMap<string, CheckCode> {
  const found = new Map<string, CheckCode>();
  for (const { name: entry, kind } of listFolder(folder).entries) {
    if (kind !== "file" || !ENDING.test(entry) || /^[._]/u.test(entry)) continue;
    const name = entry.replace(ENDING, "");
    const file = join(folder, entry);
    const before = found.get(name);
    found.set(
      name,
      before === undefined ? { name, file, others: [] } : { ...before, others: [...before.others, file] },
    );
  }
  return found;
}

/** Makes what changes whenever the code of a check does, be it in a folder beside its file. */
export function printCode({ file }: CheckCode, folder: string, readFile: (path: string) => FileText): string {
  let print = 0;
  for (const path of [file, ...listShared(folder, DEPTH_MAX).slice(0, SHARED_MAX)]) {
    const read = readFile(path);
    print = crc32(`${path}\0${"text" in read ? read.text : read.failure}`, print);
  }
  return print.toString(16).padStart(8, "0");
}

function listShared(folder: string, depth: number): readonly string[] {
  if (depth === 0) return [];
  return listFolder(folder).entries.flatMap(({ name, kind }) => {
    const path = join(folder, name);
    if (kind === "file") return depth < DEPTH_MAX && ENDING.test(name) ? [path] : [];
    return name === "node_modules" || name.startsWith(".") ? [] : listShared(path, depth - 1);
  });
}
