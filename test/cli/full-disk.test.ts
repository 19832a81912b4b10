import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../src/cli/commands.ts";
import { ConfigFolder } from "../config/config-folder.ts";
import { createTestTerminal } from "../support/test-terminal.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const FULL = /cannot be written: its disk is full; make room there, or write to another disk, and run this again\.\n$/u;

/** Starts the command line with one of its streams on a disk without room. */
function startOnFull(words: readonly string[], full: "out" | "err") {
  const device = openSync("/dev/full", "w");
  const child = spawn(process.execPath, [MAIN, ...words], {
    stdio: ["ignore", full === "out" ? device : "pipe", full === "err" ? device : "pipe"],
  });
  closeSync(device);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      said += String(chunk);
    });
  }
  return { child, said: () => said };
}

describe("a disk without room", () => {
  test("ends a command that prints to it with one sentence", async () => {
    using folder = new ConfigFolder({ "input.csv": "1767225600,1\n" });
    const { child, said } = startOnFull(["detect", "--input", join(folder.path, "input.csv")], "out");
    const [code] = await once(child, "close");
    expect(said()).toMatch(FULL);
    expect([code, said().split(" cannot")[0]]).toEqual([1, "tidegate detect: standard output"]);
  });

  test("takes the words of a gateway, which goes on without them and stops in order", async () => {
    using folder = new ConfigFolder({ "run/.keep": "" });
    const { child, said } = startOnFull(["run", "--config", folder.path, "--json"], "err");
    const place = watch(join(folder.path, "run"));
    const ended = once(child, "close");
    const asked = new Promise<void>((resolve) => {
      place.on("change", (_, name) => {
        if (name === "tidegate.sock") resolve();
      });
    });
    await Promise.race([asked, ended]);
    place.close();
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(JSON.parse(said())).toMatchObject({ schema: 1, running: false });
  });

  test("is named where a command writes a file, and the command line is not", async () => {
    using folder = new ConfigFolder({ "input.csv": "1767225600,1\n" });
    const terminal = createTestTerminal();
    const words = ["detect", "--input", join(folder.path, "input.csv"), "--output", "/dev/full"];
    expect(await runCommand(words, terminal)).toBe(1);
    expect(terminal.errors()).toMatch(/^tidegate detect: \/dev\/full cannot/u);
    expect(terminal.errors()).toMatch(FULL);
  });

  test("is told of also where it takes the begin of what is printed", async () => {
    using folder = new ConfigFolder({});
    const path = join(folder.path, "help.txt");
    // A limit of the file's size leaves room for a part of the text, as a disk that is nearly full does.
    const line = 'ulimit -f 1; exec "$0" "$1" help > "$2"';
    const child = spawn("/bin/sh", ["-c", line, process.execPath, MAIN, path], { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors += String(chunk);
    });
    const [code] = await once(child, "close");
    expect(readFileSync(path, "utf8")).toMatch(/^usage: tidegate/u);
    expect([code, errors]).toEqual([
      1,
      "tidegate help: standard output cannot be written: no larger file is allowed here; raise the limit " +
        "(`ulimit -f`), or write less, and run this again.\n",
    ]);
  });
});
