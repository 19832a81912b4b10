import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemoryFile } from "../../src/platform/memory-file.ts";

let folder: string;
let path: string;
const said: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "memory-"));
  path = join(folder, "devices.json");
  said.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Promise<MemoryFile> => MemoryFile.open(path, (what) => said.push(what));

/** Opens the memory, does something with it and closes it. */
async function use<T>(action: (memory: MemoryFile) => T): Promise<T> {
  await using memory = await open();
  return action(memory);
}

describe("a memory in a file", () => {
  test.each(["", "{", "[]", "null", '{"version":9,"known":{}}', '{"version":1}', "\0\0\0\0"])(
    "that holds %j is told of, counts as nothing known, and is written anew",
    async (text) => {
      writeFileSync(path, text);
      await use((memory) => {
        expect(memory.read("a")).toBeUndefined();
        memory.write("a", 1);
      });
      expect(said).toEqual([expect.stringContaining(`${path} cannot be read`)]);
      expect(await use((memory) => memory.read("a"))).toBe(1);
    },
  );

  test("is silent where there is none yet, and makes none before something is known", async () => {
    expect(await use((memory) => memory.read("a"))).toBeUndefined();
    expect(said).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("gives what was written, also after it was opened again", async () => {
    await use((memory) => {
      memory.write("a", { spans: [["coil", 1, 2, 2]] });
      memory.write("b", 1);
      memory.write("b", undefined);
      expect(memory.read("a")).toEqual({ spans: [["coil", 1, 2, 2]] });
    });
    expect(await use((memory) => [memory.read("a"), memory.read("b")])).toEqual([
      { spans: [["coil", 1, 2, 2]] },
      undefined,
    ]);
    expect(readdirSync(folder)).toEqual(["devices.json"]);
  });

  test("is whole at every moment: what was written only in part is not in its place", async () => {
    await use((memory) => memory.write("a", 1));
    writeFileSync(`${path}.new`, '{"version":1,"kno');
    expect(await use((memory) => memory.read("a"))).toBe(1);
    await use((memory) => memory.write("a", 2));
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ version: 1, known: { a: 2 } });
  });

  test("forgets what was written longest ago when it knows too much", async () => {
    const known = await use((memory) => {
      for (let index = 0; index < 1000; index += 1) memory.write(`key ${index}`, index);
      memory.write("key 0", "again");
      memory.write("one more", true);
      return ["key 0", "key 1", "key 2", "one more"].map((key) => memory.read(key));
    });
    expect(known).toEqual(["again", undefined, 2, true]);
  });

  test("that cannot be written is told of once, and goes on in memory", async () => {
    rmSync(folder, { recursive: true });
    const memory = await open();
    for (const value of [1, 2]) {
      memory.write("a", value);
      await memory[Symbol.asyncDispose]();
    }
    expect(memory.read("a")).toBe(2);
    expect(said).toEqual([expect.stringContaining("cannot be written")]);
    folder = mkdtempSync(join(tmpdir(), "memory-"));
  });
});
