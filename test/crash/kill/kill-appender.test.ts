import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killAppenders } from "./kill-appender.ts";

const KILLS = 25;

test("killed twenty-five times at random moments, a log has all it acknowledged, in order and with its books", {
  timeout: 180_000,
}, async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  const folder = mkdtempSync(join(tmpdir(), "tidegate-kills-"));
  try {
    const report = await killAppenders(folder, seed, KILLS);
    expect(report.findings, `replay with SEED=${seed}`).toEqual([]);
    expect(report.kills).toBe(KILLS);
    expect(report.acknowledged).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
