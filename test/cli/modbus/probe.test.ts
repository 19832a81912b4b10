import { describe, expect, test } from "vitest";
import { Device } from "../../../hardware-sim/devices/device.ts";
import { loadShippedProfile } from "../../../hardware-sim/plant/shipped-profiles.ts";
import { createProbe } from "../../../src/cli/modbus/probe.ts";
import type { Point } from "../../../src/model/profile.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";
import { spanOf, UnitBus } from "../../support/unit-bus.ts";

type ValueOf = (point: Point, at: number) => number;

/** A device in service: its voltage wanders by a volt, its energy counts up. */
const IN_SERVICE: ValueOf = ({ metric }, at) => {
  if (metric === "voltage") return 230.4 + 0.3 * Math.sin(5 * at);
  return metric.startsWith("energy") ? 12_345.67 + 0.25 * at : 49.98;
};

function busOf(profile: string, holds: ValueOf, isStrict = true): UnitBus {
  const device = new Device(loadShippedProfile(profile), (at) => (point) => holds(point, at));
  const bus = new UnitBus(new FakeClock(), new Map([[1, device]]));
  bus.isStrict = isStrict;
  return bus;
}

async function ask(bus: UnitBus, ...argv: string[]) {
  const { clock } = bus;
  const terminal = createTestTerminal();
  const command = createProbe({ clock, openTcp: bus.openTcp, openSerial: bus.openSerial, openUdp: bus.openTcp });
  const code = await clock.until(command(["probe", ...argv], terminal));
  return { code, output: terminal.output(), bus };
}

async function probe(profile: string, holds: ValueOf, ...argv: string[]) {
  return await ask(busOf(profile, holds), "--host", "10.0.0.5", ...argv);
}

async function bestOf(profile: string, ...argv: string[]) {
  const { output } = await probe(profile, IN_SERVICE, ...argv, "--json");
  return JSON.parse(output).candidates[0];
}

describe("modbus probe refuses", () => {
  test.each([
    ["a bit", ["coil:1"], "found a coil, which is one bit, expected one address"],
    ["several registers", ["input:0:2"], "found 2 registers, expected one address"],
    [
      "what no display shows",
      ["input:0", "--expect", "much"],
      "--expect: found much, expected the number on the display",
    ],
    ["a unit of which nothing is usual", ["input:0", "--expect", "Nm"], "found Nm, of which nothing is usual"],
    ["to read never", ["input:0", "--times", "0"], "--times: found 0, expected a whole number from 1 to 60"],
  ])("%s", async (_, argv, message) => {
    await expect(probe("eastron/sdm630", IN_SERVICE, ...argv)).rejects.toThrow(message);
  });

  test("nothing, and says what the device refuses", async () => {
    await expect(probe("eastron/sdm630", IN_SERVICE, "input:9000")).rejects.toMatchObject({
      code: "INPUT_EXCEPTION",
      message: expect.stringContaining("exception 2 (illegal data address) to a read of input-register 9000."),
    });
  });
});

describe("modbus probe beside a register that a read clears", () => {
  /** A meter whose frequency, at input:70 and 71, is gone once it was read. */
  const MAIN = "{ host: 10.0.0.5, unit: 1, profile: acme/counter, name: main }";
  const files = {
    "device-profiles/acme/counter.yaml": [
      "id: acme/counter",
      "description: A counter",
      "source: { title: This test }",
      "protocol: modbus",
      "table: input-register",
      "word_order: high-word-first",
      "points:",
      "  pieces: { address: 70, type: float32, unit: Hz, metric: frequency, clear_on_read: true }",
      "",
    ].join("\n"),
    "conf.d/modbus.yaml": `instances:\n  - ${MAIN}\n`,
  };

  function clearings(bus: UnitBus): readonly unknown[] {
    return bus.requests.map(spanOf).filter((span) => span === undefined || (span.start < 72 && span.end > 70));
  }

  test.each([
    ["--instance", "main"],
    ["--host", "10.0.0.5"],
  ])("refuses to read it again and again, where %s says whose it is", async (...place) => {
    using folder = new ConfigFolder(files);
    const bus = busOf("eastron/sdm630", IN_SERVICE);
    const probed = ask(bus, ...place, "input:71", "--config", folder.path);
    await expect(probed).rejects.toMatchObject({
      code: "CLI_USAGE",
      message: expect.stringContaining("found input:70:2, which a read clears by the profile acme/counter, expected"),
    });
    expect(bus.requests).toEqual([]);
  });

  test.each([
    ["before it", "input:68"],
    ["right before it", "input:69"],
    ["behind it", "input:72"],
  ])("reads only the registers %s, and does not look beyond", async (_, address) => {
    using folder = new ConfigFolder(files);
    const bus = busOf("eastron/sdm630", IN_SERVICE, false);
    const { code } = await ask(bus, "--instance", "main", address, "--expect", "1234567", "--config", folder.path);
    expect(code).toBe(0);
    expect(bus.requests.length).toBeGreaterThan(2);
    expect(clearings(bus)).toEqual([]);
  });
});

describe("modbus probe", () => {
  test("shows what registers may mean, the plausible first, and how to write it in a profile", async () => {
    const { code, output } = await probe("eastron/sdm630", IN_SERVICE, "input:0", "--expect", "230");
    expect(code).toBe(0);
    await expect(output).toMatchFileSnapshot("../../golden/cli/modbus-probe.txt");
  });

  test("shows every type and order if all are asked for", async () => {
    const { output } = await probe("eastron/sdm630", IN_SERVICE, "input:0", "--all");
    const words = new Set(output.match(/[A-H]{4,8}(?= )/gu));
    expect([...words].sort()).toEqual(
      [
        ...["ABCD", "ABCDEF", "ABCDEFGH", "BADC", "BADCFE", "BADCFEHG", "CDAB", "CDABGHEF", "DCBA", "DCBAHGFE"],
        ...["EFCDAB", "EFGHABCD", "FEDCBA", "FEHGBADC", "GHEFCDAB", "HGFEDCBA"].sort(),
      ].sort(),
    );
    for (const type of ["int8", "uint16", "bcd32", "sign-magnitude16", "int48-m10k", "date-iec", "date-bytes"]) {
      expect(output).toMatch(new RegExp(`(^| )${type}(,| )`, "mu"));
    }
  });

  test.each([
    ["eastron/sdm630", "input:0", "float32", "ABCD"],
    ["carlo-gavazzi/em340", "input:0", "int32", "CDAB"],
  ])("finds by what is on the display how %s codes its voltage", async (profile, address, type, letters) => {
    const best = await bestOf(profile, address, "--expect", "230.5");
    expect(best).toMatchObject({ verdict: "likely", letters });
    expect(best.types).toContain(type);
  });

  test("finds by its unit alone what is coded as a float", async () => {
    expect(await bestOf("eastron/sdm630", "input:0", "--expect", "V")).toMatchObject({
      types: ["float32"],
      letters: "ABCD",
    });
    expect(await bestOf("eastron/sdm630", "input:0x46", "--expect", "Hz")).toMatchObject({ types: ["float32"] });
  });

  test("tells what counts from what moves by reading several times", async () => {
    expect(await bestOf("eastron/sdm630", "input:0x48", "--times", "4")).toMatchObject({ course: "rises" });
    expect(await bestOf("eastron/sdm630", "input:0", "--times", "4")).toMatchObject({ course: "moves" });
    const { bus } = await probe("eastron/sdm630", IN_SERVICE, "input:0", "--times", "4");
    expect(bus.requests.map(({ at }) => Math.round(at / 1000))).toHaveLength(4);
  });

  test("finds what is one address further on, where the manual counts otherwise", async () => {
    const { output } = await probe("eastron/sdm630", IN_SERVICE, "input:1", "--expect", "230.5", "--times", "1");
    expect(output).toContain("At input:0, one before, float32 ABCD is 230.");
    const right = await probe("eastron/sdm630", IN_SERVICE, "input:0", "--expect", "230.5", "--times", "1");
    expect(right.output).not.toContain("one behind");
  });

  test("takes fewer registers where the device does not have more", async () => {
    const { output, bus } = await probe("xy/md02", () => 21.5, "input:2", "--expect", "21.5", "--times", "1");
    expect(bus.requests.slice(0, 4).map(({ pdu }) => pdu[4])).toEqual([4, 3, 2, 1]);
    expect(output).toContain("scale: 0.1 }");
  });

  test("says that registers full of ones are no reading", async () => {
    const { output } = await probe("eastron/sdm630", () => Number.NaN, "input:0", "--all", "--times", "1");
    expect(output).toMatch(/^unlikely +float32.* no reading .*is no number/mu);
  });
});
