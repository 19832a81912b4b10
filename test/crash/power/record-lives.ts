/** Records what a few lives of an appender do to its folder, with strace. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { APPENDER, type Orders } from "../appender/orders.ts";
import type { FileOperation } from "./file-operations.ts";
import type { LifeOrders } from "./plan-lives.ts";
import { RecordedDisk } from "./recorded-disk.ts";
import { FolderWatch, TRACED_CALLS } from "./strace-output.ts";

/** No write of LevelDB or of a line is longer. Units: bytes. */
const STRING_BYTES_MAX = 2 ** 22;

/** Says why lives cannot be recorded here; undefined when they can. */
export function whyNotRecordable(): string | undefined {
  const { error, status, stderr } = spawnSync("strace", ["-f", "true"], { encoding: "utf8" });
  if (error !== undefined) return `strace is not there: ${error.message}`;
  return status === 0 ? undefined : `strace cannot trace here: ${stderr}`;
}

/** How often lives are recorded until none is killed in the middle of a write, of which nobody knows if it was done. */
const ATTEMPTS_MAX = 5;

/** Lets an appender live so many times in one new folder, and gives all that was done to it. */
export function recordLives(lives: readonly LifeOrders[]): readonly FileOperation[] {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return recordOnce(lives);
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

function recordOnce(lives: readonly LifeOrders[]): readonly FileOperation[] {
  const place = realpathSync(mkdtempSync(join(tmpdir(), "tidegate-recording-")));
  const folder = join(place, "log");
  const tracePath = join(place, "trace");
  try {
    const watch = new FolderWatch(folder);
    for (const life of lives) {
      const expected = life.ending === "close" ? { status: 0, signal: null } : { status: null, signal: "SIGKILL" };
      const orders = JSON.stringify({ ...life, folder } satisfies Orders);
      const options = ["-f", "-xx", "-s", String(STRING_BYTES_MAX), "-e", `trace=${TRACED_CALLS.join(",")}`];
      const { status, signal, stderr } = spawnSync(
        "strace",
        [...options, "-o", tracePath, process.execPath, APPENDER, orders],
        { encoding: "utf8", maxBuffer: 2 ** 28 },
      );
      if (status !== expected.status || signal !== expected.signal) throw new Error(`an appender failed: ${stderr}`);
      watch.read(readFileSync(tracePath, "utf8"));
      refuseIfDifferent(watch.operations, folder);
    }
    return watch.operations;
  } finally {
    rmSync(place, { recursive: true });
  }
}

/** Played back in full, a recording must give the very folder that is there. */
function refuseIfDifferent(operations: readonly FileOperation[], folder: string): void {
  const disk = new RecordedDisk("journal");
  for (const operation of operations) disk.apply(operation);
  const whole = disk.whole();
  const names = readdirSync(folder);
  if (names.length !== whole.size) throw new Error(`there are ${names.join(" ")}; recorded ${[...whole.keys()]}`);
  for (const name of names) {
    const isSame = Buffer.compare(readFileSync(join(folder, name)), whole.get(name) ?? new Uint8Array(0)) === 0;
    if (!isSame) throw new Error(`the recording misses something of ${name}`);
  }
}
