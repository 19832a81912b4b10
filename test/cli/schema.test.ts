import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../src/cli/commands.ts";
import { ConfigFolder, PLAIN_MAIN } from "../config/config-folder.ts";
import { createTestTerminal } from "../support/test-terminal.ts";

const METER = "id: acme/pm-3\n";
const CHECK = "instances:\n  - { host: 10.0.0.1, profile: eastron/sdm630 }\n";

async function run(folder: ConfigFolder, ...options: readonly string[]) {
  const terminal = createTestTerminal();
  const code = await runCommand(["schema", "--config", folder.path, ...options], terminal);
  const output = terminal.output().replaceAll(`${folder.path}/`, "");
  return { code, output, errors: terminal.errors() };
}

describe("schema", () => {
  test("says so when there is something else where the schemas belong", async () => {
    using folder = new ConfigFolder({ "conf.d/schema": "" });
    const { code, errors } = await run(folder);
    expect(code).toBe(2);
    expect(errors).toContain("conf.d/schema cannot be written");
  });

  test("writes the schemas beside the configuration, which offer its own profiles too", async () => {
    using folder = new ConfigFolder({ "device-profiles/acme/pm-3.yaml": METER });
    const { code, output } = await run(folder);
    expect(code).toBe(0);
    expect(output).toContain("wrote conf.d/schema/modbus.json\n");
    const { properties } = JSON.parse(readFileSync(join(folder.path, "conf.d/schema/modbus.json"), "utf8"));
    const { examples } = properties.instances.anyOf[0].items.anyOf[0].properties.profile;
    expect(examples).toContain("acme/pm-3");
    expect(examples).toContain("eastron/sdm630");
  });

  test("tells which files do not name theirs, changes none, and has nothing to tell once they do", async () => {
    const files = {
      "tidegate.yaml": PLAIN_MAIN,
      "conf.d/modbus.yaml": CHECK,
      "conf.d/modbus.d/conf.yaml": CHECK,
      "conf.d/others.yaml": CHECK,
      "device-profiles/acme/pm-3.yaml": METER,
    };
    using folder = new ConfigFolder(files);
    const { nameless } = JSON.parse((await run(folder, "--json")).output);
    expect(nameless).toEqual([
      { file: "tidegate.yaml", line: "# yaml-language-server: $schema=conf.d/schema/tidegate.json" },
      { file: "conf.d/modbus.d/conf.yaml", line: "# yaml-language-server: $schema=../schema/modbus.json" },
      { file: "conf.d/modbus.yaml", line: "# yaml-language-server: $schema=schema/modbus.json" },
      {
        file: "device-profiles/acme/pm-3.yaml",
        line: "# yaml-language-server: $schema=../../conf.d/schema/device-profile.json",
      },
    ]);
    for (const { file, line } of nameless as { file: keyof typeof files; line: string }[]) {
      expect(readFileSync(join(folder.path, file), "utf8")).toBe(files[file]);
      writeFileSync(join(folder.path, file), `${line}\n${files[file]}`);
    }
    expect((await run(folder)).output).toMatch(/\nEvery file names its schema\.\n$/u);
  });

  test("puts nothing where a check would be looked for", async () => {
    using folder = new ConfigFolder({ "conf.d/modbus.yaml": CHECK });
    await run(folder);
    const { problems, notices } = folder.load();
    expect([problems, notices]).toEqual([[], []]);
  });
});
