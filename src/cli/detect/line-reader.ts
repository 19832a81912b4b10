/** The lines of a file of any size, in the memory of one piece of it. */

import { createReadStream } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { GatewayError } from "../../model/errors.ts";

const PIECE = 256 * 1024;

/** Nobody writes such a line on purpose; what is longer is cut into several. */
const LINE_MAX = 4096;

/** Some programs begin a file with this, to say that it is in UTF-8. */
const MARK = "\uFEFF";

/**
 * Gives the lines of a file piece by piece, without their ends; `-` is standard input.
 *
 * Errors: `CLI_USAGE` for an archive; those of the system.
 * Shape: each array has at least one line. Limits: a line has at most 4,096 characters.
 */
export async function* readLines(path: string): AsyncGenerator<readonly string[]> {
  // A pipe is read as a stream: read as a file, one that has nothing just now would count as one that cannot be read.
  const source = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: PIECE });
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let isBegun = false;
  for await (const piece of source) {
    if (!isBegun) refuseArchive(path, piece as Buffer);
    let text = rest + decoder.write(piece as Buffer);
    if (!isBegun && text.startsWith(MARK)) text = text.slice(MARK.length);
    isBegun ||= text !== "";
    const lines = text.split(/\r?\n/u);
    rest = lines.pop() ?? "";
    let from = 0;
    for (; rest.length - from > LINE_MAX; from += LINE_MAX) lines.push(rest.slice(from, from + LINE_MAX));
    rest = rest.slice(from);
    if (lines.length > 0) yield lines;
  }
  rest += decoder.end();
  if (rest !== "") yield [rest];
}

/** Taken for text, an archive would be garbage with line ends in it. */
function refuseArchive(path: string, [first, second]: Uint8Array): void {
  const name = path === "-" ? "standard input" : path;
  if (first === 0x1f && second === 0x8b) {
    const packed = path === "-" ? "FILE.csv.gz" : path;
    const advice = `\`gunzip -c ${packed} | tidegate detect --input -\` unpacks it on the way`;
    throw new GatewayError("CLI_USAGE", `${name} is packed by gzip: ${advice}.`);
  }
  // "PK", as every ZIP archive begins.
  if (first === 0x50 && second === 0x4b) {
    const advice = "save a workbook as CSV, or unpack the archive";
    throw new GatewayError("CLI_USAGE", `${name} is a ZIP archive, as workbooks (.xlsx) are too: ${advice}.`);
  }
}
