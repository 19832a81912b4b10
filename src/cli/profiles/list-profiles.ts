/** `tidegate profiles list`: every profile there is. */

import { formatProblem } from "../../config/problems.ts";
import { loadProfiles } from "../../config/profiles.ts";
import { EXIT } from "../../model/errors.ts";
import { formatTable, wrapWords } from "../table.ts";
import type { ProfileAction } from "./profiles.ts";

/** What every terminal has. Units: columns. */
const WIDTH = 80;

/** Prints the sound ones; what is wrong with the others goes to standard error and makes exit code 78. */
export const listProfiles: ProfileAction = (options, folders, terminal) => {
  const { profiles, problems } = loadProfiles(folders);
  const all = [...profiles.values()];
  if (options.json) {
    const entries = all.map(({ id, description, points, source, trust, confirmedBy }) => ({
      id,
      description,
      points: points.length,
      source,
      trust,
      ...(confirmedBy === undefined ? {} : { confirmedBy }),
    }));
    terminal.out(`${JSON.stringify({ schema: 1, profiles: entries, problems }, null, 2)}\n`);
  } else {
    const columns = [
      { heading: "PROFILE" },
      { heading: "POINTS", align: "right" as const },
      { heading: "TRUST" },
      { heading: "DESCRIPTION" },
    ];
    const idWidth = Math.max(0, ...all.map(({ id }) => id.length));
    const rows = all.flatMap(({ id, points, trust, description }) => {
      const [first = "", ...more] = wrapWords(description, WIDTH - idWidth - "  POINTS  two-sources  ".length);
      return [[id, String(points.length), trust, first], ...more.map((line) => ["", "", "", line])];
    });
    terminal.out(`${formatTable(columns, rows).join("\n")}\n`);
    for (const problem of problems) terminal.err(`${formatProblem(problem)}\n`);
  }
  return problems.length === 0 ? EXIT.ok : EXIT.config;
};
