import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { PROFILE_SCHEMA, schemaLine } from "../../src/config/editor-schemas.ts";
import { toJsonSchema } from "../../src/config/json-schema.ts";
import { loadFiles, PLAIN_MAIN } from "./config-folder.ts";
import { objectionsTo } from "./editor-objections.ts";
import { readMistakes } from "./mistake-file.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readText = (path: string): string => readFileSync(join(root, path), "utf8");
const uncomment = (text: string): string => text.replaceAll(/^( *)# (?=[a-z_]+:( |$)| {2}- )/gmu, "$1");

/** Mistakes of the table that only the gateway sees, by what it takes to see them. */
const UNSEEN = {
  "the variables, which may say what the file does not": [
    "the main file is empty",
    "the API key is missing",
    "nobody says where to send",
  ],
  "the name of the file": ["a check that does not exist", "a folder without its .d"],
  "the profile, with all it extends": [
    "a mistake in a part that a profile extends",
    "a param of a profile without params",
    "a point renamed to a metric of another unit",
    "a point that the profile does not have",
    "a device that tells by itself what it has",
    "a profile that climbs out of its folder",
    "a profile that says too little",
    "a profile under the wrong name, which extends what is not there",
    "a profile whose trust rests on nothing, and one that hides what its trust rests on",
    "a profile with an address that is ambiguous",
    "a profile whose registers of 32 bits hold what they cannot",
    "a profile whose states are none",
    "a profile whose counters cannot count",
    "a profile whose orders and bytes do not fit the types",
    "a profile whose scales cannot be read along with their values",
    "parts that extend each other",
    "quality rules of a profile for what counts, and for a state",
  ],
  "other intakes": ["two intakes with one name, and one with that of the intake of api_key"],
  "other instances": [
    "a port with two readers, of the same check and of others",
    "a line of gpio with two readers",
    "more series than the gateway may have",
    "one port and one converter with readers of several checks",
    "two connections to one broker under one name",
    "more series than the instance may have",
    "two instances whose names are made from the same address",
    "two instances with the same name, in two files",
    "two sensors of linux with one name",
  ],
  "what a reference leads to": [
    "a handle without a secret backend",
    "files that instances of mqtt refer to and that are not there",
    "a reference as a shell would have it",
    "a reference to a variable that is not set",
    "a secret backend that is not there",
  ],
  "the files beside it": [
    "a file of certificates that is not there",
    "a check of the user whose code has another name",
    "a check of the user whose code is written twice",
  ],
  "keys that contradict each other": [
    "a serial port by datagrams, and seven bits of RTU",
    "a receiver that is nowhere",
    "a metric of each input that cannot be had in its unit",
    "a serial line with a profile and with fields, and one with the profile of a device that speaks otherwise",
    "a topic of mqtt whose names nobody gives",
    "lines of gpio that carry power, or are named or measured against themselves",
    "linux without anything to read",
    "version 1 of the series API with what only version 2 knows",
    "version 3 of the series API with what is not its one form",
  ],
  "that a file is one document": ["a second document"],
  "comparing without regard to capitals": [
    "a name that every machine has",
    "a name that every new Pi has",
    "tags that the gateway sets by itself",
  ],
};

describe("a schema of valibot that has no counterpart", () => {
  const traits = { takesReferences: false, isOverlaid: false };

  test("ends the rendering when it is of a kind not known", () => {
    expect(() => toJsonSchema(v.strictObject({ at: v.date() }), traits)).toThrow("the schema date");
  });

  test("ends the rendering when it has an action not known", () => {
    expect(() => toJsonSchema(v.strictObject({ at: v.pipe(v.string(), v.isoDate()) }), traits)).toThrow("iso_date");
  });

  test("ends the rendering when a pattern has flags, which JSON Schema has not", () => {
    expect(() => toJsonSchema(v.strictObject({ at: v.pipe(v.string(), v.regex(/^a/iu)) }), traits)).toThrow("no flags");
  });
});

describe("the schemas of editors", () => {
  const mistakes = readMistakes();
  const expectedUnseen = Object.values(UNSEEN).flat();

  test(`see ${mistakes.length - expectedUnseen.length} of ${mistakes.length} mistakes in the table, all but what takes more than the file`, () => {
    const unseen = mistakes.filter(({ files }) =>
      Object.entries(files).every(([path, text]) => objectionsTo(path, text).length === 0),
    );
    expect(unseen.map(({ title }) => title).sort()).toEqual(expectedUnseen.toSorted());
  });

  const profiles = readdirSync(join(root, "device-profiles"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml") && !name.startsWith("_sunspec/"))
    .map((name) => `device-profiles/${name}`);

  test.each(profiles)("find nothing wrong in %s, which names its schema", (path) => {
    const text = readText(path);
    expect(objectionsTo(path, text)).toEqual([]);
    expect(text.split("\n")[0]).toBe(schemaLine(path, PROFILE_SCHEMA));
  });

  test.each([
    ["conf.d/modbus.d/conf.yaml.example", "conf.d/modbus.d/conf.yaml"],
    ["conf.d/tidegate.yaml.example", "tidegate.yaml"],
  ])("find nothing wrong in %s once it has a key, as it is and with every line of it", (example, path) => {
    const text = readText(example).replaceAll(/YOUR_(API|APP)_KEY/gu, "abc");
    expect(objectionsTo(path, text)).toEqual([]);
    expect(objectionsTo(path, uncomment(text))).toEqual([]);
    const [, target = ""] = /\$schema=(\S+)$/mu.exec(text) ?? [];
    expect(readText(join(dirname(path), target))).toContain("draft-07");
  });

  test("find nothing wrong in the main file of the other tests, nor in one that leaves all to the environment", () => {
    expect(objectionsTo("tidegate.yaml", PLAIN_MAIN)).toEqual([]);
    expect(objectionsTo("tidegate.yaml", "site: datadoghq.eu\n")).toEqual([]);
  });

  test("let a reference stand for any value, and no other text for a number", () => {
    const withPort = (port: string): string => `instances:\n  - { host: a, profile: eastron/sdm630, port: ${port} }\n`;
    for (const port of [`"\${env:PORT}"`, `"%%env_PORT%%"`, `"\${file:port.txt}"`, `"ENC[port]"`]) {
      expect(objectionsTo("conf.d/modbus.yaml", withPort(port)), port).toEqual([]);
    }
    expect(objectionsTo("conf.d/modbus.yaml", withPort('"502"'))).not.toEqual([]);
    const main = `api_key: ENC[key]\ntags: \${env:TAGS}\nstore: \${env:STORE}\nforward: { timeout: "\${env:TIMEOUT}" }\n`;
    expect(objectionsTo("tidegate.yaml", main)).toEqual([]);
  });
});

describe("the example of tidegate.yaml", () => {
  const text = readText("conf.d/tidegate.yaml.example").replaceAll(/YOUR_(API|APP)_KEY/gu, "abc");

  test("is refused with the key it has", () => {
    const { problems } = loadFiles({ "tidegate.yaml": readText("conf.d/tidegate.yaml.example") });
    expect(problems.map(({ path }) => path)).toEqual(["api_key"]);
  });

  test("loads with a key, as it is and with everything in it that is commented out", () => {
    expect(loadFiles({ "tidegate.yaml": `${text}hostname: press-hall\n` }).problems).toEqual([]);
    const ca = readText("test/fixtures/tls/ca.pem");
    expect(loadFiles({ "tidegate.yaml": uncomment(text), "plant-ca.pem": ca }).problems).toEqual([]);
  });
});
