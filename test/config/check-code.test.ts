import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CustomSettings } from "../../src/inputs/custom/spec.ts";
import type { LoadedConfig } from "../../src/model/config.ts";
import { millis } from "../../src/model/time.ts";
import { ConfigFolder, loadFiles } from "./config-folder.ts";

const CONF = "init_config: {}\ninstances:\n  - min_collection_interval: 45\n";

function printOf({ config }: Pick<LoadedConfig, "config">): string | undefined {
  return (config?.checks[0]?.instances[0]?.settings as CustomSettings | undefined)?.code.print;
}

describe("code in checks.d", () => {
  test.each(["my_metric.ts", "my_metric.js", "my_metric.mts", "my_metric.mjs"])("is run as %s", (name) => {
    const { config, problems, notices } = loadFiles({
      "conf.d/my_metric.yaml": CONF,
      [`checks.d/${name}`]: "export {};",
    });
    expect([problems, notices]).toEqual([[], []]);
    const [check] = config?.checks ?? [];
    expect(check).toMatchObject({ name: "my_metric", input: "custom" });
    expect(check?.instances).toMatchObject([{ name: "my_metric", interval: millis(45_000) }]);
  });

  test("gets all keys of its instance, what references lead to among them, and those of init_config", () => {
    const { config, secrets } = loadFiles(
      {
        "conf.d/oven.yaml": `
init_config:
  unit: bar
  namespace: plant
instances:
  - name: one
    host: 10.0.0.7
    token: "\${env:OVEN_TOKEN}"
    tags: [line:3]
    run_timeout: 2.5
    deep: { list: [1, yes, null] }
`,
        "checks.d/oven.ts": "export {};",
      },
      { OVEN_TOKEN: "planted-token" },
    );
    const [instance] = config?.checks[0]?.instances ?? [];
    expect(instance).toMatchObject({ name: "one", namespace: "plant", tags: ["line:3"] });
    expect(instance?.settings).toMatchObject({
      run_timeout: 2.5,
      memory_limit: 96,
      init_config: { unit: "bar", namespace: "plant" },
      instance: {
        ...{ name: "one", host: "10.0.0.7", token: "planted-token", tags: ["line:3"], run_timeout: 2.5 },
        deep: { list: [1, "yes", null] },
      },
    });
    expect(secrets.map(({ text }) => text)).toContain("planted-token");
    const own = (instance?.settings as CustomSettings | undefined)?.secrets.map(({ text }) => text);
    expect(own).toContain("planted-token");
  });

  test.each([
    ["checks.d/lonely.ts", "checks.d/lonely.ts is not run: there is no conf.d/lonely.yaml."],
    ["checks.d/modbus.ts", "checks.d/modbus.ts is not run: modbus is a check of the gateway's own. Give yours another"],
  ])("is noticed where nothing runs it: %s", (name, notice) => {
    const { problems, notices } = loadFiles({ [name]: "export {};" });
    expect(problems).toEqual([]);
    expect(notices).toEqual([expect.stringContaining(notice)]);
  });

  test.each(["types.d.ts", "_helper.ts", ".hidden.ts", "tsconfig.json", "notes.md", "lib/shared.ts"])(
    "is no check in checks.d/%s",
    (name) => {
      expect(loadFiles({ [`checks.d/${name}`]: "export {};" })).toMatchObject({ problems: [], notices: [] });
    },
  );

  test("has another print when it, or what lies in folders beside it, changes, and the same otherwise", () => {
    using folder = new ConfigFolder({
      "conf.d/oven.yaml": CONF,
      "checks.d/oven.ts": "export {};",
      "checks.d/lib/shared.ts": "export const a = 1;",
    });
    const prints = [printOf(folder.load()), printOf(folder.load())];
    writeFileSync(join(folder.path, "checks.d/oven.ts"), "export { };");
    prints.push(printOf(folder.load()));
    writeFileSync(join(folder.path, "checks.d/lib/shared.ts"), "export const a = 2;");
    prints.push(printOf(folder.load()));
    expect(prints[0]).toMatch(/^[\da-f]{8}$/u);
    expect(prints[1]).toBe(prints[0]);
    expect(new Set(prints).size).toBe(3);
  });
});
