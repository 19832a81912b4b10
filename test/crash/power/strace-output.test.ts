import { describe, expect, test } from "vitest";
import { FolderWatch } from "./strace-output.ts";

/** Text as `strace -xx` prints it. */
function hex(text: string): string {
  return `"${[...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
}

function watch(...lines: string[]): FolderWatch {
  const folder = new FolderWatch("/plant/log");
  folder.read(lines.join("\n"));
  return folder;
}

function opening(name: string, descriptor: number, flags = "O_WRONLY|O_CREAT|O_TRUNC, 0666"): string {
  return `7 openat(AT_FDCWD, ${hex(`/plant/log/${name}`)}, ${flags}) = ${descriptor}`;
}

describe("a trace of system calls", () => {
  test.each([
    ["a call of the folder that the model does not know", `7 link(${hex("/plant/log/a")}, ${hex("/plant/log/b")}) = 0`],
    ["a write that is longer than the trace shows", `7 write(1, ${hex("abc")}..., 5000) = 5000`],
    ["a file opened for appending", opening("a", 20, "O_WRONLY|O_CREAT|O_APPEND, 0666")],
    ["a file that was there before anyone watched", opening("a", 20, "O_RDONLY")],
    ["a folder in the folder", `7 mkdir(${hex("/plant/log/lost")}, 0755) = 0`],
  ])("is refused when it has %s", (_what, line) => {
    expect(() => watch(line)).toThrow();
  });

  test("is refused when a call on an open file of the folder is not in the model", () => {
    expect(() => watch(opening("a", 20), "7 ftruncate(20, 5) = 0")).toThrow("ftruncate");
  });

  test("gives what was done to the folder, and what was said", () => {
    const { operations } = watch(
      `7 mkdir(${hex("/plant/log")}, 0777) = 0`,
      opening("a", 20),
      `7 write(20, ${hex("one")}, 3) = 3`,
      `7 write(20, ${hex("two")}, 3) = 3`,
      "7 fdatasync(20) = 0",
      "7 close(20) = 0",
      `7 rename(${hex("/plant/log/a")}, ${hex("/plant/log/b")}) = 0`,
      `7 openat(AT_FDCWD, ${hex("/plant/log")}, O_RDONLY) = 20`,
      "7 fsync(20) = 0",
      `7 openat(AT_FDCWD, ${hex("/plant")}, O_RDONLY) = 20`,
      "7 fsync(20) = 0",
      `7 unlink(${hex("/plant/log/b")}) = 0`,
      `7 write(1, ${hex("durable 1\n")}, 10) = 10`,
    );
    expect(operations).toEqual([
      { kind: "create-folder" },
      { kind: "create", file: 0, name: "a" },
      { kind: "write", file: 0, offset: 0, bytes: Buffer.from("one") },
      { kind: "write", file: 0, offset: 3, bytes: Buffer.from("two") },
      { kind: "sync", file: 0 },
      { kind: "rename", from: "a", to: "b" },
      { kind: "sync-folder" },
      { kind: "sync-parent" },
      { kind: "unlink", name: "b" },
      { kind: "say", text: "durable 1\n" },
    ]);
  });

  test("leaves out what failed and what was done elsewhere", () => {
    const { operations } = watch(
      `7 openat(AT_FDCWD, ${hex("/elsewhere/a")}, O_WRONLY|O_CREAT, 0666) = 20`,
      `7 write(20, ${hex("one")}, 3) = 3`,
      "7 fdatasync(20) = 0",
      `7 unlink(${hex("/plant/log/a")}) = -1 ENOENT (No such file or directory)`,
      "7 +++ exited with 0 +++",
    );
    expect(operations).toEqual([]);
  });

  test("counts a call from its return, and one that never returned unless it is a sync", () => {
    const { operations } = watch(
      opening("a", 20),
      "7 fdatasync(20 <unfinished ...>",
      `8 write(1, ${hex("durable 1\n")}, 10) = 10`,
      "7 <... fdatasync resumed>) = 0",
      "7 fdatasync(20 <unfinished ...>",
      `8 write(20, ${hex("last")}, 4 <unfinished ...>) = ?`,
      "8 +++ killed by SIGKILL +++",
    );
    expect(operations.map(({ kind }) => kind)).toEqual(["create", "say", "sync", "write"]);
    expect(operations[3]).toMatchObject({ file: 0, offset: 0, bytes: Buffer.from("last") });
  });

  test("goes on with the files of an earlier life", () => {
    const folder = watch(opening("a", 20));
    folder.read(`${opening("a", 21, "O_RDWR|O_CREAT, 0644")}\n${opening("a", 22)}`);
    expect(folder.operations.slice(1)).toEqual([{ kind: "empty", file: 0 }]);
  });
});
