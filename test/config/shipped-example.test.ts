import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inputs } from "../../src/inputs/registry.ts";
import { loadFiles } from "./config-folder.ts";

const EXAMPLE = readExample("modbus.d/conf.yaml");

function readExample(path: string): string {
  return readFileSync(new URL(`../../conf.d/${path}.example`, import.meta.url), "utf8");
}

describe("the examples of all inputs", () => {
  test.each(inputs.map(({ name }) => name))("%s loads as it is, with one instance and nothing to note", (name) => {
    const text = readExample(`${name}.d/conf.yaml`);
    const own = name === "custom" ? { "conf.d/oven.yaml": text, "checks.d/oven.ts": "export {};" } : undefined;
    const { config, problems, notices } = loadFiles(own ?? { [`conf.d/${name}.d/conf.yaml`]: text });
    expect([problems, notices]).toEqual([[], []]);
    expect(config?.checks.map(({ input, instances }) => [input, instances.length])).toEqual([[name, 1]]);
  });

  test.each([
    ["linux", /^$/gmu],
    ["mqtt", /^ +# tls_\w+: .*\n/gmu],
    [
      "serial",
      /^ +# (host|port|framing|checksum|charset|decimal|separator|request|pause|fields|params|points): .*\n/gmu,
    ],
  ])("%s loads with everything that is commented out, but for what stands in another's place", (name, others) => {
    const text = readExample(`${name}.d/conf.yaml`)
      .replaceAll(others, "")
      .replaceAll(/^( +)# (?=[a-z_]+: )/gmu, "$1");
    const { config, problems } = loadFiles({ [`conf.d/${name}.yaml`]: text, "mqtt-password": "planted" });
    expect(problems).toEqual([]);
    expect(config?.checks[0]?.instances[0]).toMatchObject({ name: "meter-hall-1", namespace: "plant" });
  });
});

describe("the files that the pages of inputs show", () => {
  const blocks = inputs.flatMap(({ name }) => {
    const page = readFileSync(new URL(`../../src/inputs/${name}/README.md`, import.meta.url), "utf8");
    const texts = [...page.matchAll(/^```yaml\n(.*?)^```$/gmsu)].map(([, text = ""]) => text);
    return texts.filter((text) => /^instances:/mu.test(text)).map((text, index) => ({ name, index, text }));
  });

  test("are of every input but custom, whose keys are its own", () => {
    expect(new Set(blocks.map(({ name }) => name))).toEqual(
      new Set(inputs.flatMap(({ name }) => (name === "custom" ? [] : [name]))),
    );
  });

  test.each(blocks)("load: $name $index", ({ name, text }) => {
    // Certificates are long, and no page shows one.
    const files = { [`conf.d/${name}.yaml`]: text.replaceAll(/^ +tls_ca: .*\n/gmu, ""), "mqtt-password": "planted" };
    const { config, problems } = loadFiles(files);
    expect(problems).toEqual([]);
    expect(config?.checks[0]?.instances.length).toBeGreaterThan(0);
  });
});

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

describe("the examples of the nmea check", () => {
  test("load as they are, and the food truck has its zones and places", () => {
    expect(loadFiles({ "conf.d/nmea.yaml": readExample("nmea.d/conf.yaml") }).problems).toEqual([]);
    const { config, problems } = loadFiles({ "conf.d/nmea.d/food-truck.yaml": readExample("nmea.d/food-truck.yaml") });
    expect(problems).toEqual([]);
    expect(config?.checks[0]?.instances[0]).toMatchObject({
      name: "food-truck-1",
      namespace: "truck",
      seriesCount: 12 + 7 * 4 + 3 + 2,
      settings: { sample_interval: 5, zones: [{ name: "market" }, { name: "stadium" }, { name: "depot" }] },
    });
  });

  test("load with everything in it that is commented out, but for what stands in another's place", () => {
    const text = readExample("nmea.d/conf.yaml")
      .replaceAll(/^ +# (host|gpsd): .*\n/gmu, "")
      .replaceAll(/^( +)# (?=[a-z_]+:| {2}- )/gmu, "$1");
    expect(loadFiles({ "conf.d/nmea.yaml": text }).problems).toEqual([]);
  });
});

describe("the example of the gpio check", () => {
  test("loads as it is, and with everything in it but what stands in another's place", () => {
    expect(loadFiles({ "conf.d/gpio.yaml": readExample("gpio.d/conf.yaml") }).problems).toEqual([]);
    const text = readExample("gpio.d/conf.yaml")
      .replaceAll(/^ +# (gpio|line|chip): .*\n/gmu, "")
      .replaceAll(/^( +)# (?=[a-z_]+: )/gmu, "$1");
    const { problems, config } = loadFiles({ "conf.d/gpio.yaml": text });
    expect(problems).toEqual([]);
    expect(config?.checks[0]?.instances[0]).toMatchObject({ seriesCount: 3, settings: { metric: "volume", pin: 11 } });
  });
});
