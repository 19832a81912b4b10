import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ConfigFolder } from "../config/config-folder.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

test("a reader that stops reading ends a command without a word", async () => {
  const child = spawn(process.execPath, [MAIN, "help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += String(chunk);
  });
  const [code] = await once(child, "close");
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
});

test("a reader that has seen enough ends a command that would go on, without a word", async () => {
  let rows = "";
  for (let row = 0; row < 100_000; row += 1) rows += `${1_767_225_600 + row},1\n`;
  using folder = new ConfigFolder({ "input.csv": rows });
  const input = join(folder.path, "input.csv");
  const child = spawn(process.execPath, [MAIN, "detect", "--input", input, "--detector", "basic"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += String(chunk);
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const [code] = await once(child, "close");
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
});

test("a gateway whose log nobody reads any more stops in order, as when its parent was killed", async () => {
  using folder = new ConfigFolder({ "tidegate.yaml": "api_key: abc\nhostname: hall-3\nrun_path: run\n" });
  const child = spawn(process.execPath, [MAIN, "run", "--config", folder.path, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.destroy();
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
  });
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ schema: 1, running: false });
});
