import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listProfileIds, loadProfile, loadProfiles, SHIPPED_PROFILES } from "../../src/config/profiles.ts";
import type { ModbusProfile } from "../../src/model/profile.ts";
import { ConfigFolder } from "./config-folder.ts";

const HEAD = "id: acme/meter\ndescription: A meter\nsource: { title: Manual, edition: A, url: https://acme.test }\n";

/** Loads `acme/meter` out of files, with the shipped profiles behind them. */
function loadMeter(files: Readonly<Record<string, string>>): ModbusProfile {
  using folder = new ConfigFolder(files);
  const loaded = loadProfile("acme/meter", [folder.path, SHIPPED_PROFILES]);
  expect(loaded?.problems).toEqual([]);
  if (loaded?.profile?.protocol !== "modbus") throw new Error("there is no profile of modbus");
  return loaded.profile;
}

describe("a profile", () => {
  test.each(["acme/none", "acme", "../acme/meter", "acme/_part", "acme/meter/x", ""])("has no id like %s", (id) => {
    using folder = new ConfigFolder({ "acme/_part.yaml": "points: {}\n", "acme/meter.yaml": HEAD });
    expect(loadProfile(id, [folder.path])).toBeUndefined();
  });

  test("fills in what it does not say", () => {
    const profile = loadMeter({
      "acme/meter.yaml": `${HEAD}protocol: modbus\npoints:\n  running: { address: 3, table: coil, type: bit, metric: machine.running }\n`,
    });
    expect(profile).toEqual({
      id: "acme/meter",
      description: "A meter",
      source: { title: "Manual", edition: "A", url: "https://acme.test" },
      trust: "manual-only",
      protocol: "modbus",
      maxRegisters: 125,
      maxGap: 0,
      points: [
        {
          name: "running",
          table: "coil",
          address: 3,
          type: "bit",
          wordOrder: "high-word-first",
          byteOrder: "high-byte-first",
          scale: 1,
          offset: 0,
          sentinels: [],
          unit: "",
          metric: "machine.running",
          tags: [],
        },
      ],
    });
  });

  test("says once what holds for all points, and each point may say otherwise", () => {
    const profile = loadMeter({
      "acme/meter.yaml": `${HEAD}protocol: modbus
table: input-register
word_order: low-word-first
byte_order: low-byte-first
max_registers: 40
max_gap: 2
sentinels: { int16: [0x8000], uint64: [0xFFFFFFFFFFFFFFFF] }
points:
  a: { address: 0x10, type: int16, scale: 0.1, offset: -40, unit: degC, metric: temperature, tags: { part: oil, row: 3 }, page: 12 }
  b: { address: 17, type: int16, unit: degC, metric: temperature, tags: [part:oil], sentinels: [-1, 32767], range: [-40, 85] }
  c: { address: 18, type: uint64, unit: kWh, metric: energy.active.import, table: holding-register, word_order: high-word-first, byte_order: high-byte-first }
`,
    });
    expect(profile).toMatchObject({ maxRegisters: 40, maxGap: 2 });
    expect(profile.points).toMatchObject([
      {
        ...{ address: 16, table: "input-register", wordOrder: "low-word-first", byteOrder: "low-byte-first" },
        ...{ scale: 0.1, offset: -40, sentinels: [0x8000n], tags: ["part:oil", "row:3"], page: "12" },
      },
      { sentinels: [-1n, 32767n], tags: ["part:oil"], range: [-40, 85] },
      {
        ...{ table: "holding-register", wordOrder: "high-word-first", byteOrder: "high-byte-first" },
        sentinels: [0xffff_ffff_ffff_ffffn],
      },
    ]);
  });

  test("says how well it is founded, and on what", () => {
    const profile = loadMeter({
      "acme/meter.yaml": `${HEAD}trust: two-sources
confirmed_by: { title: Another manual, url: https://other.test }
protocol: modbus
points:
  running: { address: 3, table: coil, type: bit, metric: machine.running }
`,
    });
    expect(profile).toMatchObject({
      trust: "two-sources",
      confirmedBy: { title: "Another manual", url: "https://other.test" },
    });
  });

  test("knows of its counters where they begin again, by their type or as it says, in the unit", () => {
    const profile = loadMeter({
      "acme/meter.yaml": `${HEAD}protocol: modbus
table: input-register
points:
  a: { address: 0, type: uint32, scale: 0.01, unit: kWh, metric: energy.active.import, counter: { max_per_hour: 69 } }
  b: { address: 2, type: uint32, unit: Wh, metric: energy.active.export, counter: { wraps_at: 100000000, delta: true } }
  c: { address: 4, type: uint48-m10k, unit: Wh, metric: energy.active.total, counter: {} }
  d: { address: 7, type: bcd32, unit: Wh, metric: energy.active.total, counter: {} }
  e: { address: 9, type: int32, unit: Wh, metric: energy.active.total, counter: {} }
  f: { address: 11, type: float32, unit: Wh, metric: energy.active.total, counter: {} }
  g: { address: 13, type: uint32, unit: Wh, metric: energy.active.total, scale_register: 15, counter: {} }
`,
    });
    expect(profile.points.map(({ counter }) => counter)).toEqual([
      { wrapsAt: 42_949_672.96, perHourMax: 69, resolution: 0.01, hasDelta: false },
      { wrapsAt: 1e8, resolution: 1, hasDelta: true },
      { wrapsAt: 1e12, resolution: 1, hasDelta: false },
      { wrapsAt: 1e8, resolution: 1, hasDelta: false },
      { resolution: 1, hasDelta: false },
      { resolution: 0, rounding: 2 ** -22, hasDelta: false },
      { resolution: 0, hasDelta: false },
    ]);
  });

  test("takes addresses in each of their spellings, of which some name the table", () => {
    const profile = loadMeter({
      "acme/meter.yaml": `${HEAD}protocol: modbus
table: input-register
points:
  a: { address: 12, type: uint16, unit: V, metric: voltage }
  b: { address: 0x0D, type: uint16, unit: V, metric: voltage }
  c: { address: holding:40070, type: uint16, unit: V, metric: voltage, scale_register: holding:40075 }
  d: { address: 400001, type: uint16, unit: V, metric: voltage }
  e: { address: "input:0x7531", type: uint16, unit: V, metric: voltage }
  f: { address: 0x7532, type: uint16, unit: V, metric: voltage }
  g: { address: 40001, type: uint16, unit: V, metric: voltage }
`,
    });
    expect(profile.points.map(({ table, address }) => `${table} ${address}`)).toEqual([
      ...["input-register 12", "input-register 13", "holding-register 40070", "holding-register 0"],
      ...["input-register 30001", "input-register 30002", "input-register 40001"],
    ]);
    expect(profile.points[2]?.scaleRegister).toBe(40_075);
  });

  test.each(["text", "string", "String16", "ascii"])("says where a text goes that is no point: %s", (type) => {
    using folder = new ConfigFolder({
      "acme/meter.yaml": `${HEAD}points:\n  a: { address: 4, table: coil, type: ${type}, metric: voltage }\n`,
    });
    const [problem] = loadProfile("acme/meter", [folder.path])?.problems ?? [];
    expect(problem).toMatchObject({ path: "points.a.type", found: `"${type}"`, expected: "a type of numbers" });
    expect(problem?.hint).toContain("under `identity`");
  });

  test("says how its device tells who it is, by registers and by function 43/14", () => {
    const identityOf = (identity: string) =>
      loadMeter({
        "acme/meter.yaml": `${HEAD}protocol: modbus
table: input-register
identity: ${identity}
points:
  a: { address: 4, type: uint16, unit: V, metric: voltage }
`,
      }).identity;
    expect(identityOf("{ device_identification: true }")).toEqual({ identification: {} });
    expect(identityOf("{ device_identification: { equals: [AD-400, 450] } }")).toEqual({
      identification: { equals: ["AD-400", "450"] },
    });
    expect(identityOf("{ revision: { address: 20, type: uint16, table: holding-register } }")).toEqual({
      revision: { table: "holding-register", address: 20, type: "uint16", count: 1, wordOrder: "high-word-first" },
    });
    expect(identityOf("{ serial: { address: 9, type: text, registers: 4, placement: low-byte } }")).toEqual({
      serial: {
        ...{ table: "input-register", address: 9, type: "text", count: 4 },
        ...{ wordOrder: "high-word-first", placement: "low-byte" },
      },
    });
  });

  test("keeps in mind which registers a read clears", () => {
    const profile = loadMeter({
      "acme/meter.yaml": `${HEAD}protocol: modbus
table: input-register
points:
  a: { address: 4, type: uint32, unit: kWh, metric: energy.active.import, clear_on_read: true }
  b: { address: 6, type: uint32, unit: kWh, metric: energy.active.import, clear_on_read: false }
`,
    });
    expect(profile.clearOnRead).toEqual([{ table: "input-register", start: 4, end: 6 }]);
  });

  test("takes from its parts what it does not say itself, key by key, later parts before earlier ones", () => {
    const profile = loadMeter({
      "acme/_base.yaml":
        "protocol: modbus\ntable: coil\npoints:\n  v: { unit: V, metric: voltage, scale: 2, range: [1, 2] }\n",
      "acme/_first.yaml": "extends: [_base]\ntable: input-register\npoints:\n  v: { scale: 3, tags: { phase: l1 } }\n",
      "acme/_second.yaml": "points:\n  v: { scale: 4 }\n",
      "acme/meter.yaml": `${HEAD}extends: [_first, _second]\npoints:\n  v: { address: 5, type: uint16, range: [3, 4] }\n`,
    });
    expect(profile.points).toMatchObject([
      { ...{ name: "v", table: "input-register", scale: 4, range: [3, 4] }, tags: ["phase:l1"], unit: "V" },
    ]);
  });

  test("has no point that only a part describes and no file gives an address", () => {
    const profile = loadMeter({
      "acme/meter.yaml": `${HEAD}protocol: modbus\ntable: input-register\nextends: [_three-phase-meter]\npoints:\n  voltage-l1: { address: 0, type: float32, unit: V }\n`,
    });
    expect(profile.points.map((point) => point.name)).toEqual(["voltage-l1"]);
    expect(profile.points[0]).toMatchObject({ metric: "voltage", tags: ["phase:l1"] });
  });

  test("finds a part of its own vendor before one that all share, and one of another vendor by its name", () => {
    const point = (unit: string): string => `points:\n  v: { unit: ${unit} }\n`;
    const files = {
      "_parts/_volts.yaml": point("kV"),
      "other/_volts.yaml": point("mV"),
      "acme/meter.yaml": `${HEAD}protocol: modbus\nextends: [_volts]\npoints:\n  v: { address: 0, table: input-register, type: uint16, metric: voltage }\n`,
    };
    expect(loadMeter(files).points[0]?.unit).toBe("kV");
    expect(loadMeter({ ...files, "acme/_volts.yaml": point("V") }).points[0]?.unit).toBe("V");
    const byName = { ...files, "acme/meter.yaml": files["acme/meter.yaml"].replace("[_volts]", "[other/_volts]") };
    expect(loadMeter(byName).points[0]?.unit).toBe("mV");
  });

  test("lets bits share a register with each other and with its whole number", () => {
    const profile = loadMeter({
      "acme/meter.yaml": `${HEAD}protocol: modbus
table: holding-register
points:
  state: { address: 7, type: uint16, metric: machine.cycles }
  running: { address: 7, type: bit, bit: 0, metric: machine.running }
  pressing: { address: 7, type: bit, bit: 15, metric: machine.running, tags: { part: ram } }
`,
    });
    expect(profile.points.map((point) => point.bit)).toEqual([undefined, 0, 15]);
  });
});

describe("the folders of profiles", () => {
  test("let the user's profile take the place of a shipped one", () => {
    using folder = new ConfigFolder({
      "abb/b23.yaml": `${HEAD.replace("acme/meter", "abb/b23")}protocol: modbus\npoints:\n  a: { address: 0, table: coil, type: bit, metric: machine.running }\n`,
    });
    const folders = [folder.path, SHIPPED_PROFILES];
    expect(loadProfile("abb/b23", folders)?.profile?.points).toHaveLength(1);
    expect(loadProfile("abb/b23", folders.toReversed())?.profile?.points).toHaveLength(23);
    expect(listProfileIds(folders)).toEqual(listProfileIds([SHIPPED_PROFILES]));
  });

  test("give all sound profiles and the problems of the others", () => {
    using folder = new ConfigFolder({ "acme/meter.yaml": HEAD, "acme/notes.txt": "" });
    const { profiles, problems } = loadProfiles([folder.path, SHIPPED_PROFILES]);
    expect(profiles.has("acme/meter")).toBe(false);
    expect([...profiles.keys()]).toEqual(listProfileIds([SHIPPED_PROFILES]));
    expect(new Set(problems.map((problem) => problem.file))).toEqual(new Set([join(folder.path, "acme/meter.yaml")]));
  });

  test("are searched for nothing but what is asked for", () => {
    using folder = new ConfigFolder({ "acme/broken.yaml": "][", "acme/meter.yaml": HEAD });
    expect(loadProfile("abb/b23", [folder.path, SHIPPED_PROFILES])?.problems).toEqual([]);
  });

  test("may be missing", () => {
    using folder = new ConfigFolder({});
    rmSync(join(folder.path, "tidegate.yaml"));
    expect(loadProfiles([join(folder.path, "none"), folder.path])).toEqual({ profiles: new Map(), problems: [] });
  });
});
