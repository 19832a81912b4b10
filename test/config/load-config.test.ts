import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load-config.ts";
import { placeOf } from "../../src/config/places.ts";
import { inputs } from "../../src/inputs/registry.ts";
import type { GatewayConfig, LoadedConfig } from "../../src/model/config.ts";
import { pointSeries } from "../../src/model/point-series.ts";
import { seriesKey } from "../../src/model/series.ts";
import { ConfigFolder, loadFiles, PLAIN_MAIN } from "./config-folder.ts";

const METER = "instances:\n  - host: 10.0.0.1\n    profile: eastron/sdm630\n";

function configOf(loaded: Pick<LoadedConfig, "config" | "problems">): GatewayConfig {
  expect(loaded.problems).toEqual([]);
  if (loaded.config === undefined) throw new Error("there is no configuration");
  return loaded.config;
}

describe("a configuration with problems", () => {
  test("stops only the check whose file is bad", () => {
    const { config, problems } = loadFiles({ "conf.d/modbus.yaml": METER, "conf.d/snmp.yaml": METER });
    expect(config?.checks.map((check) => check.name)).toEqual(["modbus"]);
    expect(problems.map(({ file, check }) => ({ file, check }))).toEqual([{ file: "conf.d/snmp.yaml", check: "snmp" }]);
  });

  test("stops the whole check when one of its files is bad", () => {
    const { config, problems } = loadFiles({ "conf.d/modbus.yaml": METER, "conf.d/modbus.d/b.yaml": "instances: 3\n" });
    expect(config?.checks).toEqual([]);
    expect(problems).toHaveLength(1);
  });

  test("is none at all when the main file is bad, yet its checks are looked at", () => {
    const { config, problems } = loadFiles({ "tidegate.yaml": "hostname: a\n", "conf.d/modbus.yaml": "instances:\n" });
    expect(config).toBeUndefined();
    expect(problems.map((problem) => problem.file)).toEqual(["conf.d/modbus.yaml", "tidegate.yaml"]);
  });

  test("tells its problems in the order of files and lines", () => {
    const { problems } = loadFiles({
      "tidegate.yaml": "log_level: loud\nsite: nowhere\n",
      "conf.d/b.yaml": "instances:\n",
      "conf.d/a.yaml": "instances:\n",
    });
    const places = problems.map(({ file, line }) => `${file}:${line}`);
    expect(places).toEqual([
      "conf.d/a.yaml:1",
      "conf.d/b.yaml:1",
      "tidegate.yaml:1",
      "tidegate.yaml:1",
      "tidegate.yaml:2",
    ]);
  });

  test("names a file that cannot be read", () => {
    using folder = new ConfigFolder({});
    mkdirSync(join(folder.path, "conf.d/modbus.d/conf.yaml"), { recursive: true });
    const { problems } = loadConfig({
      place: placeOf(join(folder.path, "tidegate.yaml")),
      inputs,
      readFile: () => ({ failure: "a file this user may not read" }),
    });
    expect(problems.map((problem) => problem.found)).toEqual(["a file this user may not read"]);
  });
});

describe("the main file", () => {
  test("needs no more than a key where the machine can name itself", () => {
    using folder = new ConfigFolder({ "tidegate.yaml": "api_key: abc\n" });
    const machine: Readonly<Record<string, string>> = {
      "/proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
      "/sys/firmware/devicetree/base/serial-number": "10000000a1b2c3d4\0",
      [join(folder.path, "tidegate.yaml")]: "api_key: abc\n",
    };
    const loaded = loadConfig({
      place: placeOf(join(folder.path, "tidegate.yaml")),
      inputs,
      environment: {},
      readFile: (path) => (machine[path] === undefined ? { failure: "no such file" } : { text: machine[path] }),
    });
    const config = configOf(loaded);
    expect(config.hostname).toBe("raspberry-pi-4-model-b-a1b2c3d4");
    expect(config).toMatchObject({
      tags: [],
      logLevel: "info",
      store: { maxBytes: 1_073_741_824, syncInterval: 1000 },
      intakes: [
        {
          name: "datadog",
          kind: "datadog",
          url: "https://api.datadoghq.com",
          apiKey: "abc",
          flushInterval: 10_000,
          timeout: 20_000,
          maxAge: 3_600_000,
        },
      ],
      checks: [],
    });
    expect(config.store.path).toBe(join(config.runPath, "log"));
  });

  test("is a problem where neither it nor the machine gives a name", () => {
    using folder = new ConfigFolder({});
    const loaded = loadConfig({
      place: placeOf(join(folder.path, "tidegate.yaml")),
      inputs,
      readFile: (path) => (path.endsWith(".yaml") ? { text: "api_key: abc\n" } : { failure: "no such file" }),
    });
    expect(loaded.config).toBeUndefined();
    expect(loaded.problems.map((problem) => problem.path)).toEqual(["hostname"]);
  });

  test("says everything, and what it says counts", () => {
    using folder = new ConfigFolder({
      "tidegate.yaml": [
        "api_key: abc",
        "site: us5.datadoghq.com",
        "hostname: press-hall",
        "tags: [site:berlin, area:hall-1]",
        "run_path: state",
        "log_level: debug",
        "store: { max_bytes: 500MB, sync_interval: 0.5 }",
        "forward: { flush_interval: 5, timeout: 2.5, max_age: 600, series_api: v1, host_tags_on_series: false }",
        "",
      ].join("\n"),
    });
    const config = configOf(folder.load());
    expect(config).toMatchObject({
      hostname: "press-hall",
      tags: ["site:berlin", "area:hall-1"],
      runPath: join(folder.path, "state"),
      logLevel: "debug",
      store: { maxBytes: 500_000_000, syncInterval: 500 },
      intakes: [
        {
          ...{ url: "https://api.us5.datadoghq.com", flushInterval: 5000, timeout: 2500, maxAge: 600_000 },
          ...{ seriesApi: "v1", hostTagsOnSeries: false },
        },
      ],
    });
  });

  test.each([
    ["http://127.0.0.1:8126", "http://127.0.0.1:8126"],
    ["https://proxy.plant/", "https://proxy.plant"],
  ])("sends to dd_url %s instead of the site", (written, url) => {
    const config = configOf(loadFiles({ "tidegate.yaml": `${PLAIN_MAIN}dd_url: ${written}\n` }));
    expect(config.intakes[0]?.url).toBe(url);
  });

  test.each([
    ["2GiB", 2_147_483_648],
    ["1.5 GB", 1_500_000_000],
    ["10000000", 10_000_000],
  ])("takes %s for a size", (written, bytes) => {
    const config = configOf(loadFiles({ "tidegate.yaml": `${PLAIN_MAIN}store: { max_bytes: ${written} }\n` }));
    expect(config.store.maxBytes).toBe(bytes);
  });

  test("keeps no word of YAML 1.1: on, no and 1:30 are texts", () => {
    const config = configOf(loadFiles({ "tidegate.yaml": "api_key: no\nhostname: on\nrun_path: run\n" }));
    expect(config).toMatchObject({ hostname: "on", intakes: [{ apiKey: "no" }] });
  });
});

describe("the checks", () => {
  test("are not there without conf.d, and empty files and other endings configure nothing", () => {
    expect(configOf(loadFiles({})).checks).toEqual([]);
    const files = {
      "conf.d/modbus.yaml": "# nothing yet\n",
      "conf.d/modbus.d/conf.yaml.example": METER,
      "conf.d/modbus.d/.conf.yaml": METER,
      "conf.d/modbus.d/conf.yaml~": METER,
    };
    expect(configOf(loadFiles(files)).checks).toEqual([]);
  });

  test("poll every 15 s under the name their input makes, unless they say otherwise", () => {
    const [check] = configOf(loadFiles({ "conf.d/modbus.yml": METER })).checks;
    expect(check).toMatchObject({ name: "modbus", input: "modbus" });
    expect(check?.instances).toHaveLength(1);
    expect(check?.instances[0]).toMatchObject({
      check: "modbus",
      name: "10.0.0.1-1",
      line: 2,
      tags: [],
      namespace: "",
      interval: 15_000,
      settings: { host: "10.0.0.1", port: 502, unit: 1, timeout: 1 },
      profile: { id: "eastron/sdm630" },
    });
  });

  test("take what init_config says, add its tags, and let the instance win in everything else", () => {
    const text = [
      "init_config:",
      "  tags: [line:3]",
      "  service: press-hall",
      "  namespace: plant",
      "  min_collection_interval: 5",
      "instances:",
      "  - { name: a, host: h, profile: abb/b23, tags: [asset:7] }",
      "  - { name: b, host: h, profile: abb/b23, service: own, namespace: own.two, min_collection_interval: 0.1 }",
      "",
    ].join("\n");
    const instances = configOf(loadFiles({ "conf.d/modbus.yaml": text })).checks[0]?.instances;
    expect(instances).toMatchObject([
      { name: "a", tags: ["line:3", "asset:7", "service:press-hall"], namespace: "plant", interval: 5000 },
      { name: "b", tags: ["line:3", "service:own"], namespace: "own.two", interval: 100 },
    ]);
  });

  test("gather the instances of all their files, each with the init_config of its own", () => {
    const files = {
      "conf.d/modbus.yaml": METER,
      "conf.d/modbus.d/a.yaml": `init_config: { namespace: a }\n${METER.replace("10.0.0.1", "10.0.0.2")}`,
      "conf.d/modbus.d/b.yml": METER.replace("10.0.0.1", "10.0.0.3"),
    };
    const checks = configOf(loadFiles(files)).checks;
    expect(checks).toHaveLength(1);
    const instances = checks[0]?.instances.map(({ name, namespace }) => ({ name, namespace }));
    expect(instances).toContainEqual({ name: "10.0.0.1-1", namespace: "" });
    expect(instances).toContainEqual({ name: "10.0.0.2-1", namespace: "a" });
    expect(instances).toContainEqual({ name: "10.0.0.3-1", namespace: "" });
  });

  test("never produce one series twice while their names differ", () => {
    const text = [
      "instances:",
      "  - { name: a, host: h, profile: eastron/sdm630, tags: [line:3] }",
      "  - { name: b, host: h, profile: eastron/sdm630, tags: [line:3] }",
      "  - { name: c, host: h, profile: abb/b23, tags: [phase:l1] }",
      "",
    ].join("\n");
    const instances = configOf(loadFiles({ "conf.d/modbus.yaml": text })).checks[0]?.instances ?? [];
    const keys = instances.flatMap((instance) =>
      (instance.profile?.points ?? []).map((point) => seriesKey(pointSeries(instance, point)).toLowerCase()),
    );
    expect(keys.length).toBe(29 + 29 + 23);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("are frozen through and through", () => {
    const config = configOf(loadFiles({ "conf.d/modbus.yaml": METER }));
    const waiting: unknown[] = [config];
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      if (typeof value !== "object" || value === null) continue;
      expect(Object.isFrozen(value)).toBe(true);
      waiting.push(...Object.values(value));
    }
  });
});

test("a serial port by a name that will not stay is taken, with a notice", () => {
  const fileOf = (serial: string): string => `instances:\n  - serial: ${serial}\n    profile: eastron/sdm630\n`;
  const { problems, notices } = loadFiles({ "conf.d/modbus.yaml": fileOf("/dev/ttyUSB0") });
  expect(problems).toEqual([]);
  expect(notices).toEqual([expect.stringMatching(/^conf\.d\/modbus\.yaml:2: \/dev\/ttyUSB0 may be another adapter/u)]);
  expect(loadFiles({ "conf.d/modbus.yaml": fileOf("/dev/ttyAMA0") }).notices).toEqual([]);
  expect(loadFiles({ "conf.d/modbus.yaml": fileOf("/dev/serial/by-id/usb-FTDI") }).notices).toEqual([]);
});
