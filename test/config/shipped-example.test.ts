import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadFiles } from "./config-folder.ts";

const EXAMPLE = readFileSync(new URL("../../conf.d/modbus.d/conf.yaml.example", import.meta.url), "utf8");

describe("the example of the modbus check", () => {
  test("loads as it is", () => {
    const { config, problems } = loadFiles({ "conf.d/modbus.d/conf.yaml": EXAMPLE });
    expect(problems).toEqual([]);
    expect(config?.checks[0]?.instances).toHaveLength(1);
  });

  test("loads with everything in it that is commented out, but for what stands in another's place", () => {
    const text = EXAMPLE.replace(/^ +# serial: .*\n/mu, "").replaceAll(/^( +)# (?=[a-z_]+:| {2}- )/gmu, "$1");
    const { config, problems } = loadFiles({ "conf.d/modbus.d/conf.yaml": text });
    expect(problems).toEqual([]);
    expect(config?.checks[0]?.instances[0]).toMatchObject({
      name: "meter-hall-1",
      tags: ["line:3", "line:3", "service:press-hall"],
      namespace: "plant",
      interval: 15_000,
    });
  });
});
