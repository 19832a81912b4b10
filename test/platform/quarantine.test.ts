import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { epochMillis } from "../../src/model/time.ts";
import { Quarantine, type QuarantinePlace } from "../../src/platform/quarantine.ts";

let parent: string;
let said: string[];

function openAt(at: number, place: Partial<QuarantinePlace> = {}): Quarantine {
  const folder = join(parent, "quarantine");
  return new Quarantine({
    folder,
    now: () => epochMillis(at),
    freeBytesMin: 0,
    notice: (what) => said.push(what),
    ...place,
  });
}

async function setAside(at: number, byteCount: number, place: Partial<QuarantinePlace> = {}): Promise<void> {
  const quarantine = openAt(at, place);
  await writeFile(join(parent, "table"), new Uint8Array(byteCount));
  expect(await quarantine.take(join(parent, "table"))).toBe(true);
  await quarantine.report();
}

async function holds(): Promise<string[]> {
  const names = await readdir(join(parent, "quarantine"), { recursive: true });
  return names.sort();
}

describe("a quarantine", () => {
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "tidegate-quarantine-"));
    said = [];
  });

  afterEach(() => rm(parent, { recursive: true }));

  test("says what it cannot take, and goes on", async () => {
    expect(await openAt(0).take(join(parent, "nothing"))).toBe(false);
    expect(said).toEqual([expect.stringContaining("nothing could not be set aside: ENOENT")]);
  });

  test("that took nothing makes no folder and no report", async () => {
    const quarantine = openAt(0);
    quarantine.say("All is well.");
    await quarantine.report();
    expect(await readdir(parent)).toEqual([]);
    expect(said).toEqual(["All is well."]);
  });

  test("moves files and folders, keeps records, and reports what was said", async () => {
    const quarantine = openAt(1_000);
    await mkdir(join(parent, "lost"));
    await writeFile(join(parent, "lost/a"), "one");
    await writeFile(join(parent, "a"), "two");
    quarantine.say("Two are damaged.");
    for (const name of ["lost", "a"]) expect(await quarantine.take(join(parent, name))).toBe(true);
    await quarantine.keep("a", Buffer.from("three"));
    await quarantine.report();
    expect(await readdir(parent)).toEqual(["quarantine"]);
    const folder = "1970-01-01T00-00-01.000Z";
    expect(await holds()).toEqual([
      folder,
      ...["a", "a.2", "lost", "lost/a", "report.txt"].map((n) => `${folder}/${n}`),
    ]);
    expect(await readFile(join(parent, "quarantine", folder, "report.txt"), "utf8")).toBe(
      `1970-01-01T00:00:01.000Z\nTwo are damaged.\nWhat is damaged is kept in ${join(parent, "quarantine", folder)}.\n`,
    );
  });

  test("lets go of the oldest when it grows too large", async () => {
    for (const at of [1_000, 2_000, 3_000]) await setAside(at, 1_000, { bytesMax: 2_500 });
    expect((await holds()).filter((name) => name.endsWith("table"))).toEqual([
      "1970-01-01T00-00-02.000Z/table",
      "1970-01-01T00-00-03.000Z/table",
    ]);
  });

  test("keeps only the report of what is too large by itself", async () => {
    await setAside(1_000, 5_000, { bytesMax: 2_500 });
    const folder = "1970-01-01T00-00-01.000Z";
    expect(await holds()).toEqual([folder, `${folder}/report.txt`]);
  });

  test("copies nothing to a disk without room to spare, and moves all the same", async () => {
    const place = { freeBytesMin: 100, measureFree: async () => 100 };
    const quarantine = openAt(0, place);
    await quarantine.keep("record", new Uint8Array(1));
    expect(said).toEqual([
      expect.stringContaining("The damaged record record could not be set aside: the disk has no"),
    ]);
    await writeFile(join(parent, "table"), "");
    expect(await quarantine.take(join(parent, "table"))).toBe(true);
  });
});
