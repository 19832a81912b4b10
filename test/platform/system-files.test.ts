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

  test("that are longer than any of a kernel are a failure, and those that are as long as may be are read", async () => {
    const files = openSystemFiles(root);
    await writeFile(join(root, "sys/long"), "x".repeat(1024 * 1024));
    expect((await files.read("/sys/long")) as { text: string }).toHaveProperty("text.length", 1024 * 1024);
    await writeFile(join(root, "sys/long"), "x".repeat(1024 * 1024 + 1));
    expect(await files.read("/sys/long")).toEqual({
      ...{ failure: "is longer than 1048576 bytes, and none of the kernel's", isAbsent: false },
    });
    expect(await openSystemFiles("/").read("/dev/zero")).toMatchObject({ isAbsent: false });
  });

  test("in another charset are read with a mark where they are no UTF-8", async () => {
    await writeFile(join(root, "sys/class/hwmon/hwmon0/name"), Buffer.from("f\xfchler\n", "latin1"));
    expect(await openSystemFiles(root).read("/sys/class/hwmon/hwmon0/name")).toEqual({ text: "f\uFFFDhler" });
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
