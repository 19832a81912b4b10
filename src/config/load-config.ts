/** The whole configuration, in one go: frozen, or every problem at once. */

import type { CheckConfig, ConfigProblem, LoadedConfig } from "../model/config.ts";
import type { InputEntry } from "../model/input.ts";
import { type Environment, processEnvironment } from "../platform/environment.ts";
import { type FileText, readTextFile } from "../platform/files.ts";
import { findCheckFiles } from "./check-files.ts";
import { loadCheck } from "./check-instances.ts";
import { loadMainFile } from "./main-file.ts";
import type { ConfigPlace } from "./places.ts";
import { sortProblems } from "./problems.ts";
import { ProfileShelf } from "./profile-shelf.ts";

export { findConfig } from "./places.ts";

/** What the configuration is loaded from. */
export interface LoadOptions {
  readonly place: ConfigPlace;
  /** The inputs there are; a check is named after one of them. */
  readonly inputs: readonly InputEntry[];
  /** Leaving it out means that of this process. */
  readonly environment?: Environment;
  /** Leaving it out means the disk of this machine. */
  readonly readFile?: (path: string) => FileText;
}

/**
 * Loads the main file, every check and the profiles they name.
 *
 * A problem of a check stops that check only; a problem of the main file leaves no configuration, yet the checks are
 * looked at all the same, so that one run shows everything there is to mend.
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { place, inputs, environment = processEnvironment(), readFile = readTextFile } = options;
  const { main, problems: mainProblems } = loadMainFile(place.file, { environment, readFile });
  const { checks: checkFiles, problems: folderProblems } = findCheckFiles(place.confFolder);

  const problems: ConfigProblem[] = [...mainProblems, ...folderProblems];
  const checks: CheckConfig[] = [];
  const shelf = new ProfileShelf(place.profileFolders);
  for (const files of checkFiles) {
    const loaded = loadCheck(files, { inputs, shelf, readFile });
    problems.push(...loaded.problems);
    if (loaded.check !== undefined) checks.push(loaded.check);
  }
  return {
    config: main === undefined ? undefined : deepFreeze({ ...main, checks }),
    problems: sortProblems(problems),
  };
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
