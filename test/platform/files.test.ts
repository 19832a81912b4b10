import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findFolderFault, listFolder, pathKind, readTextFile } from "../../src/platform/files.ts";

const folder = mkdtempSync(join(tmpdir(), "tidegate-files-"));
mkdirSync(join(folder, "b.d"));
writeFileSync(join(folder, "a.yaml"), "grüß: gott\n");
symlinkSync(join(folder, "b.d"), join(folder, "c.d"));
symlinkSync(join(folder, "gone"), join(folder, "d.yaml"));
const circles = mkdtempSync(join(tmpdir(), "tidegate-circles-"));
symlinkSync("circle.yaml", join(circles, "circle.yaml"));
afterAll(() => {
  for (const made of [folder, circles]) rmSync(made, { recursive: true });
});

describe("the file system", () => {
  test("says in words why there is no text", () => {
    expect(readTextFile(join(folder, "none"))).toEqual({ failure: "no such file" });
    expect(readTextFile(join(folder, "a.yaml/none"))).toEqual({ failure: "no such file" });
    expect(readTextFile(join(folder, "b.d"))).toEqual({ failure: "a folder where a file should be" });
  });

  test("takes what cannot be looked at for a file, whose reading says why", () => {
    const circle = join(circles, "circle.yaml");
    expect(pathKind(circle)).toBe("file");
    expect(listFolder(circles)).toEqual({ entries: [{ name: "circle.yaml", kind: "file" }], failure: "" });
    expect(readTextFile(circle)).toEqual({ failure: "a file that cannot be read (ELOOP)" });
  });

  test("gives text as UTF-8", () => {
    expect(readTextFile(join(folder, "a.yaml"))).toEqual({ text: "grüß: gott\n" });
  });

  test("lists a folder by name, follows links and leaves out those that lead nowhere", () => {
    expect(listFolder(folder)).toEqual({
      entries: [
        { name: "a.yaml", kind: "file" },
        { name: "b.d", kind: "folder" },
        { name: "c.d", kind: "folder" },
      ],
      failure: "",
    });
    expect(listFolder(join(folder, "none"))).toEqual({ entries: [], failure: "" });
    expect(pathKind(join(folder, "d.yaml"))).toBe("nothing");
  });

  test.each([
    ["EACCES", "person", "is no folder this user can write into"],
    ["EROFS", "disk", "is on a disk that is only read"],
    ["EIO", "disk", "is on a disk that does not answer (EIO)"],
  ])("tells by %s whether a person or the disk keeps files from a folder", (code, cause, what) => {
    const refuse = (): never => {
      throw Object.assign(new Error("access"), { code });
    };
    expect(findFolderFault(join(folder, "new"), refuse)).toEqual({ cause, what });
  });

  test("knows where files can be kept without making anything", () => {
    expect(findFolderFault(folder)).toBeUndefined();
    expect(findFolderFault(join(folder, "new/deep"))).toBeUndefined();
    expect(pathKind(join(folder, "new"))).toBe("nothing");
    for (const path of ["a.yaml", "a.yaml/x"]) {
      expect(findFolderFault(join(folder, path))).toEqual({ cause: "person", what: "is no folder" });
    }
  });
});
