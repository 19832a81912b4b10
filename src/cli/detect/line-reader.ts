/** The lines of a file of any size, in the memory of one piece of it. */

import { createReadStream } from "node:fs";
import { StringDecoder } from "node:string_decoder";

const PIECE = 256 * 1024;

/** Nobody writes such a line on purpose; what is longer is cut into several. */
const LINE_MAX = 4096;

/** The descriptor of standard input. */
const STDIN = 0;

/**
 * Gives the lines of a file piece by piece, without their ends; `-` is standard input. Errors: those of the system.
 *
 * Shape: each array has at least one line. Limits: a line has at most 4,096 characters.
 */
export async function* readLines(path: string): AsyncGenerator<readonly string[]> {
  const source = path === "-" ? { fd: STDIN, autoClose: false } : {};
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const piece of createReadStream(path, { ...source, highWaterMark: PIECE })) {
    const lines = (rest + decoder.write(piece as Buffer)).split(/\r?\n/u);
    rest = lines.pop() ?? "";
    if (rest.length > LINE_MAX) {
      lines.push(rest.slice(0, LINE_MAX));
      rest = rest.slice(LINE_MAX);
    }
    if (lines.length > 0) yield lines;
  }
  rest += decoder.end();
  if (rest !== "") yield [rest];
}
