/** What a check threw, in words that lead to the place in its file. */

import { fileURLToPath } from "node:url";

/** Places that are told, the innermost first. */
const FRAMES_MAX = 6;

/** A place in a stack: `at NAME (PLACE:LINE:COLUMN)` or `at PLACE:LINE:COLUMN`. */
const FRAME = /^\s*at (?:(?:async )?(.*?) \()?((?:file:\/\/)?\/[^()]*:\d+:\d+)\)?$/u;

/** Where a loader found fault: the place, empty for a text without one, above the lines and the marks below them. */
const LOADER_PLACE = /^((?:(?:file:\/\/)?\/[^\n]*?)?):(\d+)\n(?:[^\n]*\n)*?([ \t]*)\^+/u;

/** Describes in one line what was thrown, be it no error at all, and where in the files of the user it came from. */
export function describeError(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `threw ${oneLine(String(error))}, which is no Error`;
  const what = oneLine(`${error.name}: ${error.message}`);
  const stack = typeof error.stack === "string" ? error.stack : "";
  const marked = LOADER_PLACE.exec(stack);
  if (marked !== null) {
    const [, place = "", line = "", before = ""] = marked;
    return `${what}, at ${place === "" ? file : toPath(place)}:${line}:${before.length + 1}${adviseOn(error)}`;
  }
  const frames = stack.split("\n").flatMap((each) => {
    const [, name, place = ""] = FRAME.exec(each) ?? [];
    if (place === "" || isOwn(place)) return [];
    return [`${toPath(place)}${name === undefined ? "" : ` (${name})`}`];
  });
  const [first, ...others] = frames.slice(0, FRAMES_MAX);
  const from = others.map((place) => `, from ${place}`).join("");
  return first === undefined ? `${what}, in ${file}${adviseOn(error)}` : `${what}, at ${first}${from}`;
}

/** The gateway's own code is on no way that the user could mend. */
function isOwn(place: string): boolean {
  return place.startsWith(new URL(".", import.meta.url).href) || /node:|\[eval/u.test(place);
}

function toPath(place: string): string {
  return place.startsWith("file://") ? fileURLToPath(place) : place;
}

function adviseOn(error: Error): string {
  const code = "code" in error ? error.code : undefined;
  if (code !== "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") return "";
  return "; types are taken away and nothing is compiled, so write what is JavaScript without its types";
}

function oneLine(text: string): string {
  return text
    .slice(0, 2000)
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim();
}
