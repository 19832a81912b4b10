/** What is wrong with a line that was not understood, and what to do about it. */

import { readMoment } from "./read-moment.ts";

/** The two fields of a line that count, as they are written. */
export interface Fields {
  readonly time: string;
  readonly value: string;
}

/** Parts a line at its first two commas. */
export function splitFields(line: string): Fields {
  const comma = line.indexOf(",");
  if (comma < 0) return { time: line, value: "" };
  const next = line.indexOf(",", comma + 1);
  return { time: line.slice(0, comma), value: line.slice(comma + 1, next < 0 ? undefined : next) };
}

/** Takes a field out of what stands round it: some programs put blanks there, and quotes round everything. */
export function bare(field: string): string {
  const text = field.trim();
  return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

const MOMENTS =
  "Moments are 2026-11-21 10:00:00, in UTC, or 2026-11-21 10:00:00+01:00 in another zone, or seconds since 1970.";

/** Says in a sentence what to do about a line of which nothing could be made. */
export function adviseOn(line: string): string {
  if (line.includes("\0")) return "The file is in UTF-16: `iconv -f UTF-16 -t UTF-8` converts it.";
  if (line.includes("\r")) return "Lines end with a line feed: `tr '\\r' '\\n'` makes them so.";
  const { time, value } = splitFields(line);
  if (Number.isNaN(readMoment(bare(time)))) return adviseOnFields(line);
  if (!line.includes(",")) return "It has one field: behind the moment come a comma and the value.";
  if (value.startsWith('"') && !value.endsWith('"')) return "Numbers have a point, as in 50.13.";
  if (/^(?:-?nan|null|none|na|n\/a)?\s*$/iu.test(bare(value))) return "It has no value.";
  if (/^[+-]?[\d.]+\s*\D+$/u.test(bare(value))) return "The value is a number alone, without a unit.";
  const hasThird = line.split(",", 3).length === 3;
  if (!Number.isNaN(readMoment(bare(value)))) {
    return `The moment is the first field of a line: \`awk -F, '{ print $2 "," $${hasThird ? 3 : 1} }'\` puts the second there.`;
  }
  const advice = hasThird ? ": `awk -F, '{ print $1 \",\" $3 }'` would take the third" : "";
  return `The value is the second field of a line${advice}.`;
}

function adviseOnFields(line: string): string {
  const separator = /[;\t]/u.exec(line)?.[0];
  if (separator === undefined) return MOMENTS;
  const written = separator === "\t" ? "\\t" : separator;
  return line.includes(",")
    ? `Fields are parted by commas, and numbers have a point: \`tr ',${written}' '.,'\` makes them so.`
    : `Fields are parted by commas: \`tr '${written}' ','\` makes them so.`;
}
