/** Moments as a person gives them: `2026-11-21`, `2026-11-21T10:00`, `-1h`, `now`. */

import { GatewayError } from "../../model/errors.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a moment; without a zone it is UTC. Units: milliseconds since 1970. Errors: `CLI_USAGE`. */
export function parseMoment(text: string, now: number): number {
  if (text === "now") return now;
  const ago = /^-(\d+(?:\.\d+)?)([smhd])$/u.exec(text);
  if (ago !== null) return now - Number(ago[1]) * (UNITS[ago[2] ?? ""] ?? 0);
  const hasZone = /(?:Z|[+-]\d\d:\d\d)$/iu.test(text);
  const isDate = /^\d{4}-\d\d-\d\d$/u.test(text);
  const at = /^\d{4}-\d\d-\d\d/u.test(text) ? Date.parse(hasZone || isDate ? text : `${text}Z`) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new GatewayError("CLI_USAGE", `expected a moment as 2026-11-21T10:00, -1h or now, found "${text}".`);
  }
  return at;
}

/** Joins `--from -1h` to `--from=-1h`: what begins with a dash would be taken for an option. */
export function joinAgo(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of argv) {
    const before = joined.at(-1);
    if (/^-\d/u.test(word) && (before === "--from" || before === "--to"))
      joined[joined.length - 1] = `${before}=${word}`;
    else joined.push(word);
  }
  return joined;
}
