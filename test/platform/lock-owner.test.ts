import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLevelDatabase } from "../../src/platform/level-database.ts";
import { findLockOwner } from "../../src/platform/lock-owner.ts";
import { quarantineFor } from "../support/quarantine.ts";

test("a lock names the process that has it, and nobody where there is none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-lock-"));
  const lock = join(folder, "LOCK");
  try {
    expect(findLockOwner(lock)).toBeUndefined();
    const database = await openLevelDatabase(folder, quarantineFor(folder));
    expect(findLockOwner(lock)).toBe(process.pid);
    await database.close();
    expect(findLockOwner(lock)).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
