/** Takes secrets out of texts by the place they stand in; a `Scrubber` takes out anywhere what it knows. */

import { SECRET_WORDS } from "../../config/secret-names.ts";
import { SCRUBBED } from "../../telemetry/scrubber.ts";

/** `name: value` and `name=value`, quoted or not, within a line. */
const ASSIGNMENT = new RegExp(
  `((?<![a-z0-9])${SECRET_WORDS}["']?\\s*[:=]\\s*)("(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^\\s,;&}\\]"']+)`,
  "giu",
);

/** A key that begins a line; its value may go on over the lines below it that stand further right. */
const LINE_KEY = new RegExp(
  `^(\\s*(?:#\\s*)?(?:-\\s+)*["']?(?:[\\w.-]*[_.-])?${SECRET_WORDS}["']?\\s*:)(?=\\s|$)`,
  "iu",
);

const QUERY_OF_URL = /(:\/\/[^\s"'?]+\?)[^\s"']+/gu;
/** A user and a password in front of a host. A password may hold what it should not: all goes up to the last `@`. */
const USER_IN_URL = /(:\/\/)[^\s"']+@/gu;
/** The same with no scheme before it, as some write the address of a proxy. */
const USER_BEFORE_HOST = /(?<![^\s"'=([{,])[^\s:/@"'=([{,]+:(?!\/\/)[^\s"']+@(?=[\w[])/gu;
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/=-]+/giu;
/** An API key has 32 hexadecimal digits, an application key 40. Source: Datadog documentation, API and App Keys. */
const HEXADECIMAL_KEY = /[\da-f]{32,}/giu;

/** Gives the text without what stands where secrets stand. */
export function scrubPlaces(text: string): string {
  return scrubLines(text)
    .replaceAll(USER_IN_URL, `$1${SCRUBBED}@`)
    .replaceAll(USER_BEFORE_HOST, `${SCRUBBED}@`)
    .replaceAll(BEARER, `$1 ${SCRUBBED}`)
    .replaceAll(ASSIGNMENT, `$1${SCRUBBED}`)
    .replaceAll(QUERY_OF_URL, `$1${SCRUBBED}`)
    .replaceAll(HEXADECIMAL_KEY, SCRUBBED);
}

/** Takes out what follows a secret key at the beginning of a line, with the lines its value goes on over. */
function scrubLines(text: string): string {
  const lines: string[] = [];
  let secretColumn = Number.POSITIVE_INFINITY;
  for (const line of text.split("\n")) {
    const column = line.search(/\S/u);
    const isEntry = column === secretColumn && line.startsWith("- ", column);
    if (isEntry || column > secretColumn || (column < 0 && secretColumn < Number.POSITIVE_INFINITY)) continue;
    const head = LINE_KEY.exec(line)?.[1];
    secretColumn = head === undefined || head.includes("#") ? Number.POSITIVE_INFINITY : head.search(/[^\s-]/u);
    lines.push(head === undefined ? line : `${head} ${SCRUBBED}`);
  }
  return lines.join("\n");
}
