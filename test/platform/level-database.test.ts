import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Database, openLevelDatabase } from "../../src/platform/level-database.ts";
import { quarantineFor } from "../support/quarantine.ts";

const KEY = Buffer.from("key");
const OTHER = Buffer.from("other");
const VALUE = Buffer.from("value");

let parent: string;
let folder: string;
let database: Database;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "tidegate-database-"));
  folder = join(parent, "log");
  database = await openLevelDatabase(folder, quarantineFor(folder));
  await database.write([{ type: "put", key: KEY, value: VALUE }], { sync: true });
});

afterEach(async () => {
  await database.close().catch(() => undefined);
  await rm(parent, { recursive: true });
});

function write(): Promise<void> {
  return database.write([{ type: "put", key: OTHER, value: VALUE }], { sync: true });
}

describe("a database whose folder takes no writes", () => {
  test("refuses them and stays open for those who read", async () => {
    await rename(folder, `${folder}.gone`);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(write()).rejects.toMatchObject({ code: "STORE_FAILED" });
      expect(await database.get(KEY)).toEqual(VALUE);
    }
    expect(await readdir(parent)).toEqual(["log.gone"]);
  });

  test("is written again once the folder takes writes, and leaves no probe behind", async () => {
    await rename(folder, `${folder}.gone`);
    await expect(write()).rejects.toMatchObject({ code: "STORE_FAILED" });
    await expect(write()).rejects.toMatchObject({ code: "STORE_FAILED" });
    await rename(`${folder}.gone`, folder);
    await write();
    expect(await database.get(KEY)).toEqual(VALUE);
    expect(await database.get(OTHER)).toEqual(VALUE);
    expect(await readdir(folder)).not.toContain("write-probe");
  });
});
