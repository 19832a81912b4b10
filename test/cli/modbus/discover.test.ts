import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { createDiscover } from "../../../src/cli/modbus/discover.ts";
import { loadProfileFile, SHIPPED_PROFILES } from "../../../src/config/profiles.ts";
import { loadSunSpecModels } from "../../../src/config/sunspec-models.ts";
import { createInput, createLinks } from "../../../src/inputs/modbus/input.ts";
import { modbusSettings } from "../../../src/inputs/modbus/spec.ts";
import type { ModbusProfile } from "../../../src/model/profile.ts";
import { seconds } from "../../../src/model/time.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { readingsOf } from "../../conformance/input-suite.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { RegisterImage } from "../../support/register-image.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";

interface DecodedBlock {
  readonly id: number;
  readonly address: number;
  readonly values: Readonly<Record<string, number>>;
}

const fixtures = new URL("../../fixtures/sunspec/", import.meta.url).pathname;
const decoded = JSON.parse(readFileSync(`${fixtures}decoded.json`, "utf8")) as Record<string, readonly DecodedBlock[]>;

/** An image as its file has it: pysunspec's lists numbers, ours has lines of hexadecimal. */
function readImage(name: string): { readonly base: number; readonly registers: readonly string[] } {
  const read = JSON.parse(readFileSync(`${fixtures}${name}.json`, "utf8"));
  if (read.regs === undefined) return read;
  const registers = (read.regs as number[]).map((register) => register.toString(16).padStart(4, "0"));
  return { base: read.addr, registers };
}

function deviceOf(registers: readonly string[], address: number): RegisterImage {
  return new RegisterImage([{ table: "holding-register", address, registers }]);
}

async function discover(image: RegisterImage, ...argv: string[]) {
  const clock = new FakeClock();
  const terminal = createTestTerminal();
  const openSerial = () => Promise.reject(new Error("there is no serial port"));
  const command = createDiscover({ clock, openTcp: image.host.open, openSerial, openUdp: image.host.open });
  const code = await clock.until(command(["discover", "--host", "10.0.0.5", ...argv], terminal));
  return { code, output: terminal.output(), errors: terminal.errors() };
}

/** Loads what was printed as the file it is meant to be. */
function loadPrinted(output: string): ModbusProfile {
  using folder = new ConfigFolder({});
  const file = join(folder.path, "found.yaml");
  writeFileSync(file, output);
  const { profile, problems } = loadProfileFile(file, [SHIPPED_PROFILES]);
  expect(problems).toEqual([]);
  if (profile?.protocol !== "modbus") throw new Error("there is no profile");
  return profile;
}

async function pollOnce(profile: ModbusProfile, image: RegisterImage) {
  const clock = new FakeClock();
  const input = createInput(
    {
      ...{ check: "modbus", name: "found", file: "conf.d/modbus.yaml", line: 1, tags: [], namespace: "" },
      ...{ interval: seconds(15), profile, settings: v.parse(modbusSettings, { host: "10.0.0.5", unit: 1 }) },
    },
    { clock, links: createLinks(clock, { openTcp: image.host.open }) },
  );
  const outcome = await clock.until(input.poll(new AbortController().signal));
  expect(outcome.faults).toEqual([]);
  return readingsOf(input, outcome);
}

/**
 * What pysunspec2 made of the registers of each point, by the point's name; undefined where there is nothing. Model 201
 * calls the voltages between phases otherwise than its sisters of the same layout.
 */
function expectedOf(profile: ModbusProfile, blocks: readonly DecodedBlock[]): Record<string, number | undefined> {
  return Object.fromEntries(
    profile.points.map(({ name, page = "", address }) => {
      const [id, official = ""] = page.split(" ");
      const block = blocks.findLast((each) => each.id === Number(id) && each.address <= address);
      const nth = /^pv(\d+)-/u.exec(name)?.[1];
      const key = nth === undefined ? official : `${nth}.${official}`;
      return [name, block?.values[id === "201" ? key.replace(/^PhVph(?=[ABC]{2}$)/u, "PPVph") : key]];
    }),
  );
}

describe("modbus discover", () => {
  test("asks for a host or a serial port, and names the option that is wrong", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["modbus", "discover"], terminal)).toBe(2);
    expect(terminal.errors()).toContain("--host: found nothing, expected a host name or an address.");
    expect(await runCommand(["modbus", "discover", "--host", "h", "--unit", "300"], terminal)).toBe(2);
    expect(terminal.errors()).toContain("--unit: found 300, expected a whole number from 0 to 255.");
    expect(terminal.errors()).toContain("usage: tidegate modbus discover --host HOST");
    expect(terminal.errors()).not.toContain("modbus plan");
    expect(await runCommand(["modbus", "discover", "--host", "h", "--baud", "fast"], terminal)).toBe(2);
    expect(terminal.errors()).toContain("--baud: found fast, expected a whole number from 300 to 1000000.");
    expect(await runCommand(["modbus", "discover", "--host", "h", "--id", "Fronius"], terminal)).toBe(2);
    expect(terminal.errors()).toContain('--id: found "Fronius", expected VENDOR/MODEL');
  });

  test("says of a device without a marker where it looked, with exit code 1", async () => {
    const image = deviceOf(["0000 0000 0000 0000"], 40_000);
    const { code, output, errors } = await discover(image);
    expect(code).toBe(1);
    expect(output).toBe("");
    expect(errors).toContain("10.0.0.5:502 unit 1 answers, and has no SunSpec marker at 40000, 0, 50000.");
    expect(image.asked).toEqual(["40000+2", "0+2", "50000+2"]);
  });

  test("fails by the link where nothing answers", async () => {
    const image = deviceOf([], 0);
    image.host.refuseCount = 99;
    await expect(discover(image)).rejects.toMatchObject({ code: "INPUT_UNREACHABLE" });
  });

  test("goes as far as a list without an end mark does, and says so", async () => {
    const { registers } = readImage("mbmap_test_inverter_1");
    const { code, errors, output } = await discover(deviceOf(registers.slice(0, -2), 40_000));
    expect(code).toBe(0);
    expect(errors).toContain("The list of models has no end mark");
    expect(loadPrinted(output).points.length).toBeGreaterThan(15);
  });

  test("makes no point of what the device has less of than the model, and never leaves the registers", async () => {
    const { registers } = readImage("mbmap_test_inverter_1");
    // A block of the inverter's model with 20 registers: it ends before the energy.
    const short = [...registers.slice(0, 70), "0067", "0014", ...registers.slice(72, 92), "ffff", "0000"];
    const image = deviceOf(short, 40_000);
    const { output } = await discover(image);
    const profile = loadPrinted(output);
    expect(profile.points.map(({ name }) => name)).not.toContain("inverter-energy-export");
    expect(await pollOnce(profile, image)).toMatchObject({ "inverter-power": 2970, "inverter-frequency": 59.99 });
  });

  test("leaves out models it does not know, and finds those behind them", async () => {
    const { registers } = readImage("mbmap_test_device_1");
    const inverter = readImage("mbmap_test_inverter_1").registers.slice(70);
    const { output, errors } = await discover(deviceOf([...registers.slice(0, -2), ...inverter], 40_000));
    expect(errors).toContain("Not known, and left out: 63001.");
    expect(output).toContain("  # Model 63001, which is not known at 40070\n  # Model 103 at 40260\n");
  });

  test.each(["mbmap_test_inverter_1", "mbmap_test_inverter_2", "every-model"])(
    "writes for %s a profile that reads what pysunspec2 decodes",
    async (name) => {
      const { base, registers } = readImage(name);
      const image = deviceOf(registers, base);
      const { code, output } = await discover(image, "--all");
      expect(code).toBe(0);
      const profile = loadPrinted(output);
      const readings = await pollOnce(profile, image);
      const expected = expectedOf(profile, decoded[name] ?? []);
      for (const [point, value] of Object.entries(expected)) {
        if (value === undefined) expect(readings[point], point).toBeUndefined();
        else expect(Math.abs((readings[point] ?? Number.NaN) / value - 1), `${point} ${value}`).toBeLessThan(1e-7);
      }
      expect(Object.keys(readings).length).toBeGreaterThanOrEqual(20);
    },
  );

  test("writes for a SolarEdge inverter a profile that reads what it answered in service", async () => {
    const { address, registers } = JSON.parse(readFileSync(`${fixtures}solaredge.json`, "utf8"));
    // The recording begins behind number and length of model 103, which the maker puts after model 1 of 65 registers.
    const header = ["53756e53", "00010041", "0000".repeat(65), "00670032"];
    const image = deviceOf([...header, ...registers, "ffff0000"], 40_000);
    const profile = loadPrinted((await discover(image)).output);
    expect(profile.points.find(({ name }) => name === "inverter-current")?.address).toBe(address);
    expect(await pollOnce(profile, image)).toEqual({
      ...{
        "inverter-current": 23.7,
        "inverter-current-l1": 7.81,
        "inverter-current-l2": 7.97,
        "inverter-current-l3": 7.91,
      },
      ...{ "inverter-voltage-l1-l2": 401.4, "inverter-voltage-l2-l3": 403, "inverter-voltage-l3-l1": 402.3 },
      ...{ "inverter-voltage-l1": 231.5, "inverter-voltage-l2": 231.4, "inverter-voltage-l3": 233.7 },
      ...{ "inverter-power": 5520, "inverter-apparent-power": 5528, "inverter-reactive-power": -315 },
      ...{ "inverter-frequency": 49.96, "inverter-energy-export": 33_319_778, "inverter-state": 4 },
      ...{ "inverter-dc-current": 7.358, "inverter-dc-voltage": 761.6, "inverter-dc-power": 5604 },
      "inverter-heat-sink-temperature": 51.97,
    });
  });

  test("names the states of every point that is one, in words that a profile takes as they are", async () => {
    const { base, registers } = readImage("every-model");
    const { points } = loadPrinted((await discover(deviceOf(registers, base), "--all")).output);
    const states = points.filter(({ metric }) => metric === "machine.state");
    expect(states.filter((point) => point.states === undefined).map(({ name }) => name)).toEqual([]);
    const namesOf = (name: string) => states.find((point) => point.name === name)?.states;
    expect(namesOf("inverter-state")).toMatchObject({ 1: "off", 4: "MPPT", 7: "fault" });
    expect(namesOf("der-state")).toEqual({ 0: "off", 1: "on" });
    expect(namesOf("battery-state")).toMatchObject({ 3: "connected", 99: "fault" });
  });

  test("makes series apart of blocks of one model, and leaves ratings out unless asked", async () => {
    const { base, registers } = readImage("every-model");
    const some = loadPrinted((await discover(deviceOf(registers, base))).output);
    const all = loadPrinted((await discover(deviceOf(registers, base), "--all")).output);
    expect(all.points.length).toBeGreaterThan(some.points.length + 30);
    expect(some.points.map(({ page }) => page?.split(" ")[0])).not.toContain("121");
    const series = all.points.map(({ metric, tags }) => `${metric} ${[...tags].sort().join(" ")}`);
    expect(series.filter((each, index) => series.indexOf(each) !== index)).toEqual([]);
  });

  test("writes where the device says who it is, so that another one in its place is noticed", async () => {
    const { base, registers } = readImage("mbmap_test_inverter_2");
    const { identity } = loadPrinted((await discover(deviceOf(registers, base))).output);
    const place = { table: "holding-register", type: "text", wordOrder: "high-word-first" };
    expect(identity).toEqual({
      model: { ...place, address: 40_020, count: 16, equals: ["TestInverter-2"] },
      serial: { ...place, address: 40_052, count: 16 },
      revision: { ...place, address: 40_044, count: 8 },
    });
    const nameless = ["53756e53", "00010041", "0000".repeat(65), ...registers.slice(70)];
    expect(loadPrinted((await discover(deviceOf(nameless, 40_000))).output).identity).toBeUndefined();
  });

  test("prints the same for programs", async () => {
    const { base, registers } = readImage("mbmap_test_inverter_2");
    const { output } = await discover(deviceOf(registers, base), "--json");
    expect(JSON.parse(output)).toMatchObject({
      ...{
        schema: 1,
        base: 40_000,
        is_whole: true,
        maker: "SunSpecTest",
        model: "TestInverter-2",
        serial: "sn-123456789",
      },
      models: [
        { id: 1, address: 40_002, length: 66, is_known: true, points: [] },
        { id: 103, address: 40_070, length: 50 },
        { id: 160, address: 40_122, length: 68 },
      ],
    });
  });

  test("prints a profile that a reader can follow", async () => {
    const { base, registers } = readImage("mbmap_test_inverter_2");
    const { output, errors } = await discover(deviceOf(registers, base), "--id", "acme/inverter");
    await expect(`${output}\n${errors}`).toMatchFileSnapshot("../../golden/cli/modbus-discover.txt");
  });
});

describe("the layouts of SunSpec models", () => {
  const models = loadSunSpecModels();

  test("are those that pysunspec2 has, point by point", () => {
    const [, ...rows] = readFileSync(`${fixtures}points.tsv`, "utf8").replace(/\n$/u, "").split("\n");
    const published = rows.map((row) => row.split("\t")).filter(([, , , at]) => at !== "0");
    const nameOf = (id: string, name: string): string => (id === "201" ? name.replace(/^PPVph/u, "PhVph") : name);
    const ours = [...models].flatMap(([id, { points, repeat }]) => [
      ...points.map(({ name, at, type, scaleBy = "" }) => [id, "", name, at, type, scaleBy].join("\t")),
      ...(repeat?.points ?? []).map(({ name, at, type, scaleBy = "" }) =>
        [id, "repeat", name, at, type, scaleBy].join("\t"),
      ),
    ]);
    const theirs = published.map(([id = "", part = "", name = "", ...rest]) =>
      [id, part, nameOf(id, name), ...rest].join("\t"),
    );
    expect(ours.sort()).toEqual(theirs.sort());
  });

  test("have no two points of one name, nor two files for one model", () => {
    const files = readdirSync(new URL("../../../device-profiles/_sunspec/", import.meta.url));
    const ids = [...new Set(models.values())].flatMap((model) => model.ids);
    expect(new Set(models.values()).size).toBe(files.length);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { points } of models.values()) {
      const names = points.flatMap(({ meaning }) => (meaning === undefined ? [] : [meaning.name]));
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
