/** The files of `conf.d`, by the check they belong to. */

import { join } from "node:path";
import type { ConfigProblem } from "../model/config.ts";
import { listFolder } from "../platform/files.ts";
import { problemOfFile } from "./problems.ts";

/** The files of one check, in the order in which they count. */
export interface CheckFiles {
  readonly name: string;
  readonly files: readonly string[];
}

/**
 * Lists `NAME.yaml` and `NAME.d/*.yaml`, also with the ending `.yml`. Every other ending is left alone, so that
 * `conf.yaml.example` and what an editor leaves behind configure nothing.
 */
export function findCheckFiles(confFolder: string): {
  readonly checks: readonly CheckFiles[];
  readonly problems: readonly ConfigProblem[];
} {
  const files = new Map<string, string[]>();
  const problems: ConfigProblem[] = [];
  const list = (folder: string) => {
    const { entries, failure } = listFolder(folder);
    if (failure !== "") {
      const hint = "Let the gateway's user read it.";
      problems.push(problemOfFile(folder, { found: failure, expected: "a folder of checks", hint }));
    }
    return entries.filter(({ name }) => !name.startsWith("."));
  };
  const add = (check: string, file: string): void => {
    files.set(check, [...(files.get(check) ?? []), file]);
  };

  for (const entry of list(confFolder)) {
    const path = join(confFolder, entry.name);
    if (entry.kind === "file") {
      if (isYaml(entry.name)) add(entry.name.replace(/\.ya?ml$/u, ""), path);
      continue;
    }
    const inner = list(path).filter(({ name, kind }) => kind === "file" && isYaml(name));
    if (entry.name.endsWith(".d")) {
      for (const { name } of inner) add(entry.name.slice(0, -".d".length), join(path, name));
    } else if (inner.length > 0) {
      const found = "a folder whose name does not end in .d";
      problems.push(
        problemOfFile(path, { found, expected: `${entry.name}.d`, hint: "Rename it, or nothing in it counts." }),
      );
    }
  }
  return { checks: [...files].map(([name, paths]) => ({ name, files: paths })), problems };
}

function isYaml(name: string): boolean {
  return /\.ya?ml$/u.test(name);
}
