import { join } from "node:path";
import { expect, test } from "vitest";
import { loadMainFile, readMainFile } from "../../src/config/main-file.ts";
import { readTextFile } from "../../src/platform/files.ts";
import { ConfigFolder } from "./config-folder.ts";

const noSecret = (handle: string) => ({ complaint: { found: handle, expected: "no secret", hint: "" } });

/** Loads a main file that leaves the place of the state to the gateway. */
function runPathOf(environment: Readonly<Record<string, string>>, systemRunPath: (folder: string) => string): string {
  using folder = new ConfigFolder({ "tidegate.yaml": "api_key: abc\nhostname: press-hall\n" });
  const sources = { environment, readFile: readTextFile };
  const { main } = loadMainFile(readMainFile(join(folder.path, "tidegate.yaml"), sources), {
    ...sources,
    folder: folder.path,
    secretOf: noSecret,
    systemRunPath: systemRunPath(folder.path),
  });
  return main?.gateway.runPath.replace(folder.path, "FOLDER") ?? "";
}

/** Below a file nobody can make a folder, not even the one who may do everything. */
const forbidden = (folder: string): string => join(folder, "tidegate.yaml/state");

test("state that cannot be kept for the system is kept for the user", () => {
  expect(runPathOf({ HOME: "/pi" }, forbidden)).toBe("/pi/.local/state/tidegate");
  expect(runPathOf({ HOME: "/pi", XDG_STATE_HOME: "" }, forbidden)).toBe("/pi/.local/state/tidegate");
  expect(runPathOf({ HOME: "/pi", XDG_STATE_HOME: "/state" }, forbidden)).toBe("/state/tidegate");
});

test("state is kept for the system where that can be made", () => {
  expect(runPathOf({ HOME: "/pi" }, (folder) => join(folder, "lib/tidegate"))).toBe("FOLDER/lib/tidegate");
});

test("a file that may not be read is a problem of the file as a whole", () => {
  const sources = { environment: {}, readFile: () => ({ failure: "a file this user may not read" }) };
  const read = readMainFile("etc/tidegate.yaml", sources);
  const { main, problems } = loadMainFile(read, { ...sources, folder: "etc", secretOf: noSecret });
  expect(main).toBeUndefined();
  expect(problems).toEqual([
    {
      ...{ file: "etc/tidegate.yaml", line: 1, column: 1, path: "" },
      found: "a file this user may not read",
      expected: "the configuration",
      hint: "Let the gateway's user read it.",
    },
  ]);
});
