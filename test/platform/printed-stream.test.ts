import { EventEmitter } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PrintedStream } from "../../src/platform/printed-stream.ts";

let folder: string;
let descriptor: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-printed-"));
});

afterEach(() => {
  closeSync(descriptor);
  rmSync(folder, { recursive: true });
});

/** What prints to `path`, and whatever else became of that. */
function openPrinted(path: string, isTTY = false) {
  descriptor = openSync(path, "w");
  const emitter = new EventEmitter();
  const written: string[] = [];
  const calls: string[] = [];
  const target = Object.assign(emitter, {
    fd: descriptor,
    isTTY,
    write: (text: string, onWritten?: (error?: Error) => void) => {
      written.push(text);
      onWritten?.();
    },
  });
  return { printed: new PrintedStream(target, "standard output", () => calls.push("gone")), emitter, written, calls };
}

describe("a file that is printed to", () => {
  test("on a full disk fails with what to do, and by no fault of the command line", () => {
    const { printed, calls } = openPrinted("/dev/full");
    expect(() => printed.print("1\n")).toThrow(
      expect.objectContaining({
        code: "CLI_OUTPUT_FAILED",
        exit: 1,
        message:
          "standard output cannot be written: its disk is full; make room there, or write to another disk, and run " +
          "this again.",
      }),
    );
    expect(calls).toEqual([]);
  });

  test("on a full disk costs what goes on beside it nothing", () => {
    const { printed } = openPrinted("/dev/full");
    expect(() => printed.mention("1\n")).not.toThrow();
  });

  test("has what was printed, and counts as read", () => {
    const path = join(folder, "out.txt");
    const { printed } = openPrinted(path);
    printed.print("1\n");
    printed.mention("2\n");
    const heard: boolean[] = [];
    printed.knock((isThere) => heard.push(isThere));
    expect([readFileSync(path, "utf8"), heard]).toEqual(["1\n2\n", [true]]);
  });
});

describe("a terminal that is printed to", () => {
  test("that is gone is told nothing more", () => {
    const { printed, emitter, written, calls } = openPrinted("/dev/null", true);
    printed.print("1\n");
    emitter.emit("error", Object.assign(new Error("EIO"), { code: "EIO" }));
    printed.print("2\n");
    expect([written, calls, printed.isGone]).toEqual([["1\n"], ["gone"], true]);
  });

  test("is knocked at without a word", () => {
    const { printed, written } = openPrinted("/dev/null", true);
    const heard: boolean[] = [];
    printed.knock((isThere) => heard.push(isThere));
    expect([written, heard]).toEqual([[""], [true]]);
  });
});
