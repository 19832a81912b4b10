import { describe, expect, test } from "vitest";
import { loadFiles } from "./config-folder.ts";

const meter = (host: string): string => `instances:\n  - { host: ${host}, profile: abb/b23 }\n`;
const TEMPLATE = `ad_identifiers: [meter]\n${meter("container")}`;

const namesOf = (files: Readonly<Record<string, string>>): readonly string[] => {
  const { config, problems } = loadFiles(files);
  expect(problems).toEqual([]);
  return config?.checks.flatMap(({ instances }) => instances.map(({ name }) => name)) ?? [];
};

describe("a file that ends in .default", () => {
  test("with mistakes is a problem of its check when it counts, and none when it does not", () => {
    const broken = { "conf.d/modbus.d/conf.yaml.default": "instances: 3\n" };
    expect(loadFiles(broken).problems).toMatchObject([{ file: "conf.d/modbus.d/conf.yaml.default", check: "modbus" }]);
    expect(namesOf({ ...broken, "conf.d/modbus.yaml": meter("a") })).toEqual(["a-1"]);
  });

  test.each(["conf.d/modbus.yaml.default", "conf.d/modbus.d/conf.yml.default"])("counts alone: %s", (path) => {
    expect(namesOf({ [path]: meter("a") })).toEqual(["a-1"]);
  });

  test("gives way to any other file of the check, wherever that lies", () => {
    const files = { "conf.d/modbus.d/conf.yaml.default": meter("a"), "conf.d/modbus.yml": meter("b") };
    expect(namesOf(files)).toEqual(["b-1"]);
    expect(namesOf({ ...files, "conf.d/modbus.yml": "# nothing\n" })).toEqual([]);
  });

  test("does not give way to templates of containers", () => {
    const files = { "conf.d/modbus.d/conf.yaml.default": meter("a"), "conf.d/modbus.d/auto_conf.yaml": TEMPLATE };
    expect(namesOf(files)).toEqual(["a-1"]);
  });
});

test("templates of containers are skipped with a notice; auto_conf.yaml without them is a file like any other", () => {
  const { config, notices } = loadFiles({ "conf.d/modbus.d/auto_conf.yaml": TEMPLATE });
  expect(config?.checks).toEqual([]);
  expect(notices).toEqual([
    "conf.d/modbus.d/auto_conf.yaml is skipped: its ad_identifiers ask for containers, and this gateway looks for none.",
  ]);
  expect(namesOf({ "conf.d/modbus.d/auto_conf.yaml": meter("a") })).toEqual(["a-1"]);
});

test("an empty file is noticed, an example is not", () => {
  const files = { "conf.d/modbus.yaml": "# later\n", "conf.d/modbus.d/conf.yaml.example": meter("a") };
  expect(loadFiles(files).notices).toEqual(["conf.d/modbus.yaml is empty and configures nothing."]);
});
