/** `tidegate log cursors`: who reads the log, how far each has come, and an end to one that is retired. */

import { EXIT } from "../../model/errors.ts";
import { systemClock } from "../../platform/system-clock.ts";
import { formatAge, formatCount } from "../quantities.ts";
import { formatTable } from "../table.ts";
import type { LogErrand } from "./log.ts";
import type { CursorAnswer } from "./log-answers.ts";

/** Prints every cursor; with `--drop` one is forgotten first. Errors: `CLI_USAGE` for one that is in use. */
export async function showCursors({ desk, options, terminal }: LogErrand): Promise<number> {
  const name = options.text("drop");
  const cursors = name === undefined ? await desk.ask("cursors") : await desk.ask("drop", { name });
  if (options.json) terminal.out(`${JSON.stringify({ schema: 1, cursors })}\n`);
  else {
    if (name !== undefined) terminal.out(`The cursor ${name} is forgotten; nothing is kept for it any more.\n`);
    terminal.out(formatCursors(cursors, systemClock.now()));
  }
  return EXIT.ok;
}

/** Lays the cursors out for a terminal of 80 columns. Units: `now` in milliseconds since 1970. */
export function formatCursors(cursors: readonly CursorAnswer[], now: number): string {
  if (cursors.length === 0) return "No intake has read this log yet.\n";
  const table = formatTable(
    [
      { heading: "Cursor" },
      { heading: "Position", align: "right" },
      { heading: "Waiting", align: "right" },
      { heading: "Oldest" },
      { heading: "Keeps samples" },
    ],
    cursors.map(({ name, position, lag, next_at: nextAt, keeps_samples: keeps }) => [
      name,
      formatCount(position),
      formatCount(lag),
      nextAt === null ? "-" : `${formatAge(now - nextAt)} old`,
      keeps ? "yes" : "no, it is retired",
    ]),
  );
  const backfills = cursors.flatMap(({ name, backfill = 0 }) =>
    backfill === 0 ? [] : [`${name}: ${formatCount(backfill)} of those that wait are filled in behind newer ones`],
  );
  const books = cursors.flatMap(({ name, counts }) => {
    const parts = Object.entries(counts).filter(([, count]) => count > 0);
    const words = parts.map(
      ([key, count]) => `${formatCount(count)} ${key.replaceAll(/[A-Z]/gu, " $&").toLowerCase()}`,
    );
    return words.length === 0 ? [] : [`${name}: ${words.join(", ")}`];
  });
  const lines = [...backfills, ...books];
  return `${[...table, ...(lines.length === 0 ? [] : [""]), ...lines].join("\n")}\n`;
}
