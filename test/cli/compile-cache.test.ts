import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigFolder } from "../config/config-folder.ts";

const LAUNCHER = fileURLToPath(new URL("../../src/launch.js", import.meta.url));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-cache-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function sayVersion(variables: Readonly<Record<string, string>>): string {
  return execFileSync(process.execPath, [LAUNCHER, "version"], { encoding: "utf8", env: variables });
}

function countKept(): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
}

test("a command starts where nothing can be kept", () => {
  writeFileSync(join(folder, "tidegate"), "a file where the folder belongs");
  expect(sayVersion({ XDG_CACHE_HOME: folder })).toMatch(/^tidegate \d/u);
  expect(sayVersion({ HOME: "/dev/null" })).toMatch(/^tidegate \d/u);
  expect(sayVersion({})).toMatch(/^tidegate \d/u);
  expect(countKept()).toBe(1);
});

test.each(["CACHE_DIRECTORY", "XDG_CACHE_HOME", "HOME"])("what Node compiled is kept where %s says", (name) => {
  const first = sayVersion({ [name]: folder });
  expect(countKept()).toBeGreaterThan(5);
  const kept = readdirSync(folder, { recursive: true });
  expect(sayVersion({ [name]: folder })).toBe(first);
  expect(readdirSync(folder, { recursive: true })).toEqual(kept);
});

test("what Node compiled for a gateway is kept as soon as it runs, though it is only ever ended by power cuts", async () => {
  using config = new ConfigFolder({});
  const child = spawn(process.execPath, [LAUNCHER, "run", "--config", config.path], {
    env: { XDG_CACHE_HOME: folder },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += String(chunk);
    if (said.includes("the gateway is running")) child.kill("SIGKILL");
  });
  expect(await once(child, "close")).toEqual([null, "SIGKILL"]);
  expect(countKept()).toBeGreaterThan(100);
});
