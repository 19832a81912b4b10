import { spawn } from "node:child_process";
import { once } from "node:events";
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
