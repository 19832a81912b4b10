import { describe, expect, test } from "vitest";
import { createSeededRandom } from "../../support/seeded-random.ts";
import type { FileOperation } from "./file-operations.ts";
import { type DiskModel, RecordedDisk } from "./recorded-disk.ts";

const MODELS = ["journal", "careless"] as const;
const CUTS = 400;

const FOLDER: readonly FileOperation[] = [{ kind: "create-folder" }, { kind: "sync-folder" }, { kind: "sync-parent" }];

function write(file: number, offset: number, text: string): FileOperation {
  return { kind: "write", file, offset, bytes: Buffer.from(text) };
}

function create(file: number, name: string): FileOperation {
  return { kind: "create", file, name };
}

/** What cuts can leave, each outcome once, as `name=text` with `.` for a byte of zero. */
function outcomes(model: DiskModel, ...operations: FileOperation[]): Set<string> {
  const disk = new RecordedDisk(model);
  for (const operation of operations) disk.apply(operation);
  const seen = new Set<string>();
  for (let seed = 0; seed < CUTS; seed += 1) {
    const remains = disk.cut(createSeededRandom(seed));
    const files = [...(remains ?? [["no folder", new Uint8Array(0)] as const])].map(
      ([name, bytes]) => `${name}=${Buffer.from(bytes).toString("latin1").replaceAll("\0", ".")}`,
    );
    seen.add(files.sort().join(" "));
  }
  return seen;
}

describe("a disk that loses power", () => {
  test.each(MODELS)("keeps all that was synced, with its name (%s)", (model) => {
    const synced: FileOperation[] = [create(0, "a"), write(0, 0, "one"), { kind: "sync", file: 0 }];
    expect(outcomes(model, ...FOLDER, ...synced, { kind: "sync-folder" })).toEqual(new Set(["a=one"]));
  });

  test.each(MODELS)("may keep or lose what was written since (%s)", (model) => {
    const seen = outcomes(
      ...([model, ...FOLDER, create(0, "a"), write(0, 0, "one"), { kind: "sync", file: 0 }] as const),
      ...([{ kind: "sync-folder" }, write(0, 3, "two")] as const),
    );
    for (const outcome of ["a=one", "a=one...", "a=onetwo"]) expect(seen).toContain(outcome);
  });

  test("tears a long write at sectors, later ones without earlier ones", () => {
    const seen = outcomes("journal", ...FOLDER, create(0, "a"), write(0, 0, "x".repeat(1024)), { kind: "sync-folder" });
    expect(seen).toContain(`a=${"x".repeat(512)}`);
    expect(seen).toContain(`a=${".".repeat(512)}${"x".repeat(512)}`);
  });

  test("keeps names in order on a journal disk", () => {
    const seen = outcomes("journal", ...FOLDER, create(0, "a"), create(1, "b"), { kind: "unlink", name: "a" });
    expect(seen).toEqual(new Set(["", "a=", "a= b=", "b="]));
  });

  test("keeps any of the names on a careless disk, until the folder is synced", () => {
    const made = [create(0, "a"), create(1, "b")] as const;
    const synced: FileOperation = { kind: "sync", file: 1 };
    expect(outcomes("careless", ...FOLDER, ...made, synced)).toEqual(new Set(["", "a=", "b=", "a= b="]));
    expect(outcomes("careless", ...FOLDER, ...made, { kind: "sync-folder" })).toEqual(new Set(["a= b="]));
    expect(outcomes("journal", ...FOLDER, ...made, synced)).toEqual(new Set(["a= b="]));
  });

  test.each(MODELS)("renames as a whole or not at all (%s)", (model) => {
    const before = [create(0, "a"), write(0, 0, "new"), { kind: "sync", file: 0 }] as const;
    const seen = outcomes(model, ...FOLDER, ...before, { kind: "sync-folder" }, { kind: "rename", from: "a", to: "b" });
    expect(seen).toEqual(new Set(["a=new", "b=new"]));
  });

  test("may lose a careless folder that its parent does not know yet", () => {
    const made: FileOperation[] = [{ kind: "create-folder" }, create(0, "a"), { kind: "sync-folder" }];
    expect(outcomes("careless", ...made)).toEqual(new Set(["a=", "no folder="]));
    expect(outcomes("careless", ...made, { kind: "sync-parent" })).toEqual(new Set(["a="]));
  });

  test("may lose or keep that a file was emptied, and what was written then", () => {
    const before = [create(0, "a"), write(0, 0, "old"), { kind: "sync", file: 0 }, { kind: "sync-folder" }] as const;
    const seen = outcomes("journal", ...FOLDER, ...before, { kind: "empty", file: 0 }, write(0, 0, "n"));
    expect(seen).toEqual(new Set(["a=old", "a=nld", "a=", "a=n", "a=."]));
    const synced = outcomes("journal", ...FOLDER, ...before, { kind: "empty", file: 0 }, { kind: "sync", file: 0 });
    expect(synced).toEqual(new Set(["a="]));
  });

  test("holds everything while the power is on", () => {
    const disk = new RecordedDisk("careless");
    for (const operation of [...FOLDER, create(0, "a"), write(0, 0, "one"), write(0, 3, "two")]) disk.apply(operation);
    expect([...disk.whole()]).toEqual([["a", new Uint8Array(Buffer.from("onetwo"))]]);
  });
});
