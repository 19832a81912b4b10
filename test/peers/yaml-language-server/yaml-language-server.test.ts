import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { schemaLine } from "../../../src/config/editor-schemas.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { objectionsTo, schemaNameOf } from "../../config/editor-objections.ts";
import { readMistakes } from "../../config/mistake-file.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";
import { LanguageServer, type Place } from "./language-server.ts";

let folder: ConfigFolder;
let server: LanguageServer;

beforeAll(async () => {
  folder = new ConfigFolder({});
  expect(await runCommand(["schema", "--config", folder.path], createTestTerminal())).toBe(0);
  server = await LanguageServer.start(folder.path);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Opens a text that names its schema; gives what is objected to. */
function openNamed(path: string, text: string): Promise<readonly string[]> {
  return server.open(join(folder.path, path), `${schemaLine(path, schemaNameOf(path) ?? "")}\n${text}`);
}

/** Opens a text that names its schema; gives the place in it that `|` marks. */
async function openAt(path: string, marked: string): Promise<{ readonly file: string; readonly place: Place }> {
  const [before = "", after = ""] = marked.split("|");
  await openNamed(path, before + after);
  const lines = before.split("\n");
  return { file: join(folder.path, path), place: { line: lines.length, character: lines.at(-1)?.length ?? 0 } };
}

async function completionsOf(path: string, marked: string): Promise<readonly string[]> {
  const { file, place } = await openAt(path, marked);
  return server.complete(file, place);
}

describe("the YAML language server with the schemas that the gateway wrote", () => {
  test("objects to every file that the schemas object to", async () => {
    const silent: string[] = [];
    for (const { title, files } of readMistakes()) {
      for (const [path, text] of Object.entries(files)) {
        if (objectionsTo(path, text).length === 0) continue;
        if ((await openNamed(path, text)).length === 0) silent.push(`${title}: ${path}`);
      }
    }
    expect(silent).toEqual([]);
  });

  test.each([
    ["conf.d/modbus.d/conf.yaml.example", "conf.d/modbus.d/conf.yaml"],
    ["conf.d/tidegate.yaml.example", "tidegate.yaml"],
    ["device-profiles/eastron/sdm630.yaml", "device-profiles/eastron/sdm630.yaml"],
    ["device-profiles/wago/879-3000.yaml", "device-profiles/wago/879-3000.yaml"],
  ])("has nothing against %s where a user keeps it", async (shipped, path) => {
    const file = join(folder.path, path);
    const text = readFileSync(fileURLToPath(new URL(`../../../${shipped}`, import.meta.url)), "utf8");
    expect(await server.open(file, text.replace("YOUR_API_KEY", "abc")), relative(folder.path, file)).toEqual([]);
    expect(await server.open(file, `${text}\nnonsense: 1\n`)).toContain("Property nonsense is not allowed.");
  });

  test("has nothing against references", async () => {
    const text = `instances:\n  - host: \${env:HOST}\n    profile: eastron/sdm630\n    port: "%%env_PORT%%"\n`;
    expect(await openNamed("conf.d/modbus.yaml", text)).toEqual([]);
  });

  test("says what is wrong in the words of the gateway", async () => {
    const text = `instances:\n  - host: 192.168.1.20:1502\n    profile: eastron/sdm630\n    port: 70000\n`;
    expect(await openNamed("conf.d/modbus.d/conf.yaml", text)).toEqual([
      "Expected a host without its port. Write the port on a line of its own, as `port: 502`.",
      "Value is above the maximum of 65535.",
    ]);
  });

  test("offers keys, choices, profiles and metrics", async () => {
    const instance = `instances:\n  - host: a\n    |\n`;
    expect(await completionsOf("conf.d/modbus.yaml", instance)).toEqual(
      expect.arrayContaining(["profile", "port", "unit", "timeout", "tags", "min_collection_interval", "points"]),
    );
    expect(await completionsOf("conf.d/modbus.yaml", `instances:\n  - profile: |\n`)).toContain("eastron/sdm630");
    expect(await completionsOf("tidegate.yaml", `log_level: |\n`)).toEqual(
      expect.arrayContaining(["debug", "info", "warn", "error"]),
    );
    expect(await completionsOf("tidegate.yaml", `forward:\n  |\n`)).toContain("flush_interval");
    const point = `points:\n  voltage:\n    metric: |\n`;
    expect(await completionsOf("device-profiles/acme/pm-3.yaml", point)).toContain("power.active");
  });

  test("explains a key: what to write and what it means", async () => {
    const { file, place } = await openAt("tidegate.yaml", `forward:\n  flush|_interval: 10\n`);
    const shown = await server.hover(file, place);
    expect(shown).toContain("a number of seconds from 1 to 600");
    expect(shown).toContain("Time between two payloads.");
  });
});
