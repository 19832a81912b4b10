import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../src/cli/commands.ts";
import { packageRoot } from "../../src/platform/package-root.ts";
import { ConfigFolder } from "../config/config-folder.ts";
import { createTestTerminal } from "../support/test-terminal.ts";

async function run(folder: ConfigFolder, ...words: readonly string[]) {
  const terminal = createTestTerminal();
  const code = await runCommand([...words, "--config", folder.path], terminal);
  const strip = (text: string): string => text.replaceAll(`${folder.path}/`, "");
  return { code, output: strip(terminal.output()), errors: strip(terminal.errors()) };
}

describe("new check", () => {
  test.each([
    ["My-Metric", /the name is "My-Metric", expected small letters/],
    ["../x", /expected small letters/],
    ["modbus", /modbus is a check of the gateway's own/],
  ])("refuses the name %s, and writes nothing", async (name, expected) => {
    using folder = new ConfigFolder({});
    const { code, errors } = await run(folder, "new", "check", name);
    expect([code, errors]).toEqual([2, expect.stringMatching(expected)]);
    expect(existsSync(join(folder.path, "checks.d"))).toBe(false);
  });

  test.each(["conf.d/oven.yaml", "conf.d/oven.d/conf.yaml", "checks.d/oven.js"])(
    "leaves %s as it is, and writes nothing beside it",
    async (there) => {
      using folder = new ConfigFolder({ [there]: "# mine\n" });
      const { code, errors } = await run(folder, "new", "check", "oven");
      expect([code, errors]).toEqual([2, expect.stringContaining(`${there} is there already, and is left as it is`)]);
      expect(readFileSync(join(folder.path, there), "utf8")).toBe("# mine\n");
      expect(existsSync(join(folder.path, "checks.d/oven.ts"))).toBe(false);
    },
  );

  test.each([["ts"], ["js", "--js"]])("makes a check in .%s that runs as it is", async (ending, ...flags) => {
    using folder = new ConfigFolder({});
    const { code, output } = await run(folder, "new", "check", "my_metric", ...flags);
    expect(code).toBe(0);
    expect(output.split("\n").slice(0, 4)).toEqual([
      "wrote conf.d/my_metric.yaml",
      `wrote checks.d/my_metric.${ending}`,
      "wrote checks.d/tidegate-check.d.ts",
      "wrote checks.d/tsconfig.json",
    ]);
    expect(folder.load()).toMatchObject({ problems: [], notices: [] });
    const checked = await run(folder, "check", "my_metric", "--json");
    expect(checked.code).toBe(0);
    const [{ aggregator, runner }] = JSON.parse(checked.output);
    expect(aggregator.metrics).toMatchObject([{ metric: "my_metric", type: "gauge" }]);
    const [[, value]] = aggregator.metrics[0].points;
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThan(1000);
    expect(runner).toMatchObject({ CheckID: "my_metric:my_metric", TotalErrors: 0 });
  });

  test("lets an editor know what a check may say, and what it may not", async () => {
    using folder = new ConfigFolder({});
    await run(folder, "new", "check", "one");
    await run(folder, "new", "check", "two", "--js");
    const wrong =
      'import { Check } from "tidegate/check";\nexport class A extends Check { check() { this.gauge(1, 2); } }\n';
    const tsc = join(packageRoot(), "node_modules/.bin/tsc");
    const complaints = async (): Promise<string> => {
      const checked = promisify(execFile)(tsc, ["--project", "checks.d", "--types", ""], { cwd: folder.path });
      return await checked.then(
        () => "",
        ({ stdout }: { readonly stdout: string }) => stdout,
      );
    };
    expect(await complaints()).toBe("");
    writeFileSync(join(folder.path, "checks.d/wrong.ts"), wrong);
    expect(await complaints()).toMatch(/wrong\.ts\(2,\d+\): error .*'number' is not assignable .* 'string'/);
  });
});

describe("check", () => {
  test("shows a count as one, a warning as one, and a failure with the place in the user's file", async () => {
    using folder = new ConfigFolder({
      "conf.d/oven.yaml": "instances:\n  - min_collection_interval: 30\n",
      "checks.d/oven.ts": `import { Check } from "tidegate/check";
export default class Oven extends Check {
  check(): void {
    this.count("pieces", 3);
    this.serviceCheck("oven.door", Check.CRITICAL, { message: "open" });
    this.event({ title: "Door open" });
    this.warning("The oven is old.");
    console.log("looking");
    this.look();
  }
  look(): void {
    throw new Error("no oven");
  }
}
`,
    });
    const { code, output, errors } = await run(folder, "check", "oven");
    expect(code).toBe(1);
    expect(output).toContain('"type": "count",\n      "interval": 30,');
    expect(output).toContain('"check": "oven.door"');
    expect(output).toContain('"msg_title": "Door open"');
    expect(output).toContain("      Warning: The oven is old.\n");
    expect(output).toMatch(
      / {6}Error: checks\.d\/oven\.ts failed: Error: no oven, at checks\.d\/oven\.ts:12:11 \(Oven\.look\), from .*:9:10/u,
    );
    expect(errors).toContain("oven:oven prints: looking\n");
  });

  test("gives rates when it polls twice", async () => {
    using folder = new ConfigFolder({
      "conf.d/oven.yaml": "instances: [{}]\n",
      "checks.d/oven.js": `import { Check } from "tidegate/check";
export class Oven extends Check {
  check() { this.rate("seconds", Date.now() / 1000); }
}
`,
    });
    const { output } = await run(folder, "check", "oven", "--check-rate", "--json");
    const [{ aggregator }] = JSON.parse(output);
    expect(aggregator.metrics.map(({ metric }: { metric: string }) => metric)).toEqual(["seconds"]);
    expect(aggregator.metrics[0].points[0][1]).toBeCloseTo(1, 1);
  });

  test("shows in configcheck what goes to it, without secrets", async () => {
    using folder = new ConfigFolder({
      "conf.d/oven.yaml": "instances:\n  - { host: 10.0.0.7, password: hidden-word, tags: [line:3] }\n",
      "checks.d/oven.js": "",
    });
    const { output } = await run(folder, "configcheck");
    expect(output).toMatch(/name: oven\ncode: checks\.d\/oven\.js\nhost: 10\.0\.0\.7\npassword: "?\*+"?\n/u);
    expect(output).not.toContain("hidden-word");
  });
});
