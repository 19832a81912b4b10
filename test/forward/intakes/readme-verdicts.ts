import { readFileSync } from "node:fs";
import type { VerdictRule } from "../../../src/forward/verdict-rules.ts";

/** The rows of a README that say what a status means. */
export function readmeVerdicts(intake: string): readonly string[] {
  const place = new URL(`../../../src/forward/intakes/${intake}/README.md`, import.meta.url);
  return readFileSync(place, "utf8")
    .split("\n")
    .filter((line) => /^\| (\d|else)/u.test(line));
}

/** The rows that the README of a table of verdicts has to have. */
export function toReadmeRows(rules: readonly VerdictRule[]): readonly string[] {
  return rules.map(({ statuses: [first, last], body, verdict, otherwise, meaning }) => {
    const status = first === 0 ? "else" : first === last ? `${first}` : `${first} to ${last}`;
    const told = body === undefined ? "" : `, \`${body.source.replace(/^"/u, "")}\``;
    return `| ${status}${told} | ${verdict} | ${otherwise ?? verdict} | ${meaning} |`;
  });
}
