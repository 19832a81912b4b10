/** A check in an endless loop, and a gateway that is killed with SIGKILL: nobody is left to end the check by hand. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as waitUntil } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { SourceShelf } from "../../../src/platform/check-sources.ts";
import { findKoffi, type ParentDeath } from "../../../src/platform/parent-death.ts";

const LAUNCHER = fileURLToPath(new URL("../../../src/launch.js", import.meta.url));
const PARENT = fileURLToPath(new URL("./parent.ts", import.meta.url));

/** A check that says in a file which process it is, and loops. */
const LOOP = `import { writeFileSync } from "node:fs";
import { Check } from "tidegate/check";
export default class extends Check {
  check(): void {
    writeFileSync(String(this.instance["pid_file"]), String(process.pid));
    for (;;);
  }
}
`;

/** Kills what `command` starts as soon as the check loops; gives how long that lives on. Units: milliseconds. */
async function outliveMs(command: readonly string[], pidFile: string): Promise<number> {
  const [program = "", ...words] = command;
  const parent = spawn(program, words, { stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(parent, "close");
  const pid = await until("the check runs", () => (existsSync(pidFile) && readFileSync(pidFile, "utf8")) || undefined);
  expect(isRunning(pid)).toBe(true);
  parent.kill("SIGKILL");
  await ended;
  const killed = performance.now();
  try {
    await until("the check is gone", () => !isRunning(pid) || undefined);
  } finally {
    if (isRunning(pid)) process.kill(Number(pid), "SIGKILL");
  }
  return performance.now() - killed;
}

function isRunning(pid: string): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/u.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function until<Found>(what: string, find: () => Found | undefined): Promise<Found> {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await waitUntil(5)) {
    const found = find();
    if (found !== undefined) return found;
  }
  throw new Error(`not so after 20 s: ${what}`);
}

function makeFolder(): { readonly folder: string; readonly file: string; readonly pidFile: string } {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-checks-end-"));
  const file = join(folder, "checks.d", "looping.ts");
  mkdirSync(join(folder, "checks.d"));
  writeFileSync(file, LOOP);
  return { folder, file, pidFile: join(folder, "pid") };
}

test("a check in an endless loop ends with a gateway that is killed", { timeout: 60_000 }, async () => {
  const { folder, pidFile } = makeFolder();
  try {
    mkdirSync(join(folder, "conf.d"));
    const main = [`api_key: "${"0".repeat(32)}"`, 'dd_url: "http://127.0.0.1:9"', "hostname: h", "run_path: run"];
    writeFileSync(join(folder, "tidegate.yaml"), `${main.join("\n")}\n`);
    const instance = { min_collection_interval: 60, run_timeout: 60, pid_file: pidFile };
    writeFileSync(join(folder, "conf.d", "looping.yaml"), JSON.stringify({ instances: [instance] }));
    expect(await outliveMs([process.execPath, LAUNCHER, "run", "--config", folder], pidFile)).toBeLessThan(5000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("where the system has no setpriv, the check asks the kernel for it by itself", { timeout: 60_000 }, async () => {
  const { folder, file, pidFile } = makeFolder();
  try {
    const parentDeath: ParentDeath = findKoffi();
    expect(parentDeath.koffi).toBeDefined();
    const order = { file, name: "looping", initConfig: {}, instance: { pid_file: pidFile }, seriesMax: 10 };
    const parts = {
      order,
      sources: await new SourceShelf().of(file),
      memoryMiB: 96,
      label: "looping:one",
      parentDeath,
    };
    expect(await outliveMs([process.execPath, PARENT, JSON.stringify(parts)], pidFile)).toBeLessThan(5000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
