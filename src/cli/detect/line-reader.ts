/** The lines of a file of any size, in the memory of one piece of it. */

import { closeSync, openSync, readSync } from "node:fs";
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
export function* readLines(path: string): Generator<readonly string[]> {
  const descriptor = path === "-" ? STDIN : openSync(path, "r");
  try {
    const decoder = new StringDecoder("utf8");
    const piece = Buffer.alloc(PIECE);
    let rest = "";
    for (let length = readPiece(descriptor, piece); length > 0; length = readPiece(descriptor, piece)) {
      const lines = (rest + decoder.write(piece.subarray(0, length))).split(/\r?\n/u);
      rest = lines.pop() ?? "";
      if (rest.length > LINE_MAX) {
        lines.push(rest.slice(0, LINE_MAX));
        rest = rest.slice(LINE_MAX);
      }
      if (lines.length > 0) yield lines;
    }
    rest += decoder.end();
    if (rest !== "") yield [rest];
  } finally {
    if (descriptor !== STDIN) closeSync(descriptor);
  }
}

/** A pipe that nobody writes to right now is tried again: it ends by giving nothing. */
function readPiece(descriptor: number, piece: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, piece);
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error)) throw error;
      if (error.code === "EOF") return 0;
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
