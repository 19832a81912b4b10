import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { measureWrittenBytes } from "../../src/platform/process-io.ts";

test("what a process has written to disks never shrinks", () => {
  const before = measureWrittenBytes() ?? 0;
  const folder = mkdtempSync(join(tmpdir(), "tidegate-io-"));
  writeFileSync(join(folder, "file"), Buffer.alloc(65_536));
  rmSync(folder, { recursive: true });
  expect(measureWrittenBytes() ?? 0).toBeGreaterThanOrEqual(before);
});
