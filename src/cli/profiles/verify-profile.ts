/** `tidegate profiles verify FILE`: everything that is wrong with a profile, before a check uses it. */

import { basename, dirname, join, resolve } from "node:path";
import { formatProblem, sortProblems } from "../../config/problems.ts";
import { loadProfileFile } from "../../config/profiles.ts";
import { EXIT } from "../../model/errors.ts";
import type { ProfileAction } from "./profiles.ts";

/** Prints every problem with its line and column, or that there is none. Exit code 78 when there is one. */
export const verifyProfile: ProfileAction = (options, folders, terminal) => {
  const file = options.words[1] ?? "";
  // What it extends is looked for beside it first, as if it lay in a folder of profiles.
  const { profile, problems } = loadProfileFile(file, [dirname(dirname(resolve(file))), ...folders]);
  if (options.json) {
    terminal.out(`${JSON.stringify({ schema: 1, sound: profile !== undefined, problems }, null, 2)}\n`);
  } else if (profile !== undefined) {
    terminal.out(`${file} is sound: ${profile.id}, ${profile.points.length} points.\n`);
    if (!resolve(file).endsWith(`/${profile.id}.yaml`)) {
      const place = join("device-profiles", `${profile.id}.yaml`);
      terminal.out(`To use it, put it beside tidegate.yaml as ${place}; here it is called ${basename(file)}.\n`);
    }
  } else {
    const sorted = sortProblems(problems);
    terminal.out(sorted.map((problem) => `${formatProblem(problem)}\n`).join("\n"));
    terminal.out(`\n${sorted.length} problem${sorted.length === 1 ? "" : "s"} to mend.\n`);
  }
  return profile === undefined ? EXIT.config : EXIT.ok;
};
