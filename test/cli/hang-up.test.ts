import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ConfigFolder } from "../config/config-folder.ts";

const LAUNCHER = fileURLToPath(new URL("../../src/launch.js", import.meta.url));

test("SIGHUP makes the gateway take up changed files, as ExecReload= wants it, and SIGTERM still ends it", async () => {
  using folder = new ConfigFolder({ "tidegate.yaml": "api_key: abc\nhostname: hall-3\nrun_path: run\n" });
  const child = spawn(process.execPath, [LAUNCHER, "run", "--config", folder.path], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  const running = Promise.withResolvers<void>();
  const reloaded = Promise.withResolvers<void>();
  child.stderr.on("data", (chunk) => {
    said += String(chunk);
    if (said.includes("nothing is polled")) running.resolve();
    if (said.includes("counts after a restart only")) reloaded.resolve();
  });
  await running.promise;
  writeFileSync(join(folder.path, "tidegate.yaml"), "api_key: abc\nhostname: hall-4\nrun_path: run\n");
  child.kill("SIGHUP");
  await reloaded.promise;
  child.kill("SIGTERM");
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  expect(said).toMatch(/the configuration was taken up anew .*\n.* WARN +changed, and counts after.*: hostname\n/u);
});
