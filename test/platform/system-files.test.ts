import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSystemFiles } from "../../src/platform/system-files.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "system-"));
  await mkdir(join(root, "sys/class/hwmon/hwmon1"), { recursive: true });
  await mkdir(join(root, "sys/class/hwmon/hwmon0"), { recursive: true });
  await writeFile(join(root, "sys/class/hwmon/hwmon0/name"), "rpi_volt\n");
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

describe("the files of a system", () => {
  test("are read without the white space around them", async () => {
    expect(await openSystemFiles(root).read("/sys/class/hwmon/hwmon0/name")).toEqual({ text: "rpi_volt" });
  });

  test("that are absent, or folders, are a failure in words", async () => {
    const files = openSystemFiles(root);
    expect(await files.read("/sys/nothing")).toEqual({ failure: "is not there", isAbsent: true });
    expect(await files.read("/sys/class")).toEqual({ failure: "cannot be read (EISDIR)", isAbsent: false });
  });

  test("are listed in order, and a folder that is absent has none", async () => {
    const files = openSystemFiles(root);
    expect(await files.list("/sys/class/hwmon")).toEqual(["hwmon0", "hwmon1"]);
    expect(await files.list("/sys/class/none")).toEqual([]);
  });

  test("tell how full their disk is, and nothing of a place that is absent", async () => {
    const files = openSystemFiles(root);
    const space = await files.space("/sys");
    expect(space?.totalBytes).toBeGreaterThan(space?.freeBytes ?? Number.NaN);
    expect(space?.freeBytes).toBeGreaterThanOrEqual(space?.usableBytes ?? Number.NaN);
    expect(await files.space("/none")).toBeUndefined();
  });
});
