import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Device } from "../../../hardware-sim/devices/device.ts";
import { loadShippedProfile } from "../../../hardware-sim/plant/shipped-profiles.ts";
import { runCommand } from "../../../src/cli/commands.ts";
import { createRead } from "../../../src/cli/modbus/read.ts";
import { serveControl } from "../../../src/platform/control-socket.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { RegisterImage } from "../../support/register-image.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";
import { UnitBus } from "../../support/unit-bus.ts";

/** A meter whose voltages are 230.1 V and whose other points are 12.5. */
function meterBus(clock: FakeClock): { bus: UnitBus; meter: Device } {
  const meter = new Device(
    loadShippedProfile("eastron/sdm630"),
    () => (point) => (point.metric === "voltage" ? 230.1 : 12.5),
  );
  return { bus: new UnitBus(clock, new Map([[1, meter]])), meter };
}

async function read(...argv: string[]) {
  const clock = new FakeClock();
  const { bus, meter } = meterBus(clock);
  const terminal = createTestTerminal();
  const command = createRead({ clock, openTcp: bus.openTcp, openSerial: bus.openSerial, openUdp: bus.openTcp });
  const code = await clock.until(command(["read", ...argv], terminal));
  return { code, output: terminal.output(), errors: terminal.errors(), bus, meter };
}

/** The command line as it stands, as far as it goes without a device. */
async function refusalOf(...argv: string[]): Promise<string> {
  const terminal = createTestTerminal();
  expect(await runCommand(["modbus", "read", ...argv], terminal)).toBe(2);
  return terminal.errors();
}

const HOST = ["--host", "10.0.0.5"];

describe("modbus read refuses", () => {
  test.each([
    ["no address", [...HOST], "expected 2 words"],
    ["a word that is none", [...HOST, "volts"], 'found "volts", expected an address such as holding:0'],
    ["a table that there is not", [...HOST, "register:4"], 'found "register:4", expected an address'],
    ["a wire address beyond the last", [...HOST, "holding:70000"], 'found "holding:70000"'],
    ["no register at all", [...HOST, "holding:7:0"], "found 0 registers from holding:7 on"],
    ["registers beyond the last", [...HOST, "holding:65530:7"], "found 7 registers from holding:65530 on"],
    ["values beyond the last", [...HOST, "holding:65530:4", "--type", "float32"], "4 values of float32 end beyond"],
    [
      "a place without a table",
      [...HOST, "0x0010"],
      "found 0x0010, which names no table, expected holding:16 or input:16",
    ],
    [
      "what may be an address or a register number",
      [...HOST, "40013", "--table", "holding-register"],
      "found 40013, which may be an address or a register number, expected holding:40013 or holding:12",
    ],
    [
      "a table that the address contradicts",
      [...HOST, "coil:1", "--table", "input-register"],
      "an address of table coil",
    ],
    ["a type that there is not", [...HOST, "holding:1", "--type", "float"], "--type: found float, expected int8,"],
    ["a type for a bit", [...HOST, "coil:1", "--type", "int16"], "--type: found int16, expected none"],
    ["an order that there is not", [...HOST, "holding:1", "--word-order", "big"], "--word-order: found big"],
    ["a text of bits", [...HOST, "coil:1:8", "--type", "text"], "--type: found text, expected none"],
    ["a placement of numbers", [...HOST, "holding:1", "--placement", "low-byte"], "--placement: found low-byte"],
    ["nobody to ask", ["holding:1"], "--host: found nothing, expected a host name"],
    ["two places", [...HOST, "--instance", "press", "holding:1"], "--host: found beside --instance"],
  ])("%s", async (_, argv, message) => {
    expect(await refusalOf(...argv)).toContain(message);
  });
});

describe("modbus read", () => {
  test("prints registers as they came, and as numbers and letters", async () => {
    const { code, output } = await read(...HOST, "30001:4");
    expect(code).toBe(0);
    await expect(output).toMatchFileSnapshot("../../golden/cli/modbus-read.txt");
  });

  test.each(["30001", "300001", "input:0", "input:0x0"])("takes %s for the first input register", async (word) => {
    const { bus } = await read(...HOST, word);
    expect(bus.requests.map(({ pdu }) => [...pdu])).toEqual([[4, 0, 0, 0, 1]]);
  });

  test("takes 0x0 for whatever table is named beside it", async () => {
    const { bus } = await read(...HOST, "0x0", "--table", "holding-register");
    expect(bus.requests.map(({ pdu }) => pdu[0])).toEqual([3]);
  });

  test("makes values of a type, in the order it is told", async () => {
    const { output } = await read(...HOST, "input:0:3", "--type", "float32");
    expect(output).toContain("input:0   30001  4366 199A  230.1\n");
    const turned = await read(...HOST, "input:0", "--type", "float32", "--word-order", "low-word-first");
    expect(turned.output).not.toContain("230.1");
  });

  test("says which bits are no reading, and which no value", async () => {
    const { output } = await read(...HOST, "--json", "input:0", "--type", "bcd32");
    expect(JSON.parse(output).rows).toEqual([{ address: 0, words: [0x4366, 0x199a], value: "no bcd32" }]);
  });

  test("reads long spans in as many requests as the device allows, and splits no value", async () => {
    const { bus, output } = await read(...HOST, "input:0:70", "--type", "float32", "--json");
    const counts = bus.requests.map(({ pdu }) => ((pdu[3] ?? 0) << 8) | (pdu[4] ?? 0));
    expect(counts).toEqual([124, 62, 62, 16]);
    expect(JSON.parse(output).rows).toHaveLength(70);
  });

  test("prints what it got before the device refused, with exit code 1", async () => {
    const { code, output, errors } = await read(...HOST, "holding:0:200", "--unit", "9");
    expect(code).toBe(1);
    expect(output).toBe("");
    expect(errors).toContain("unit 9 answered exception 11 (gateway target device failed to respond)");
  });

  test.each([
    [[], 'As text: "Tidegate 7"\n', "Tidegate 7"],
    [["--placement", "low-byte-first"], 'As text: "iTedaget7"\n', "iTedaget7"],
    [["--placement", "high-byte"], 'As text: "Tdgt"\n', "Tdgt"],
  ])("spells registers as one text, placed as in %j", async (placed, line, text) => {
    const image = new RegisterImage([
      { table: "holding-register", address: 4, registers: ["5469 6465 6761 7465 2037 0000 4142"] },
    ]);
    const spell = async (...more: string[]): Promise<string> => {
      const clock = new FakeClock();
      const terminal = createTestTerminal();
      const openSerial = () => Promise.reject(new Error("there is no serial port"));
      const command = createRead({ clock, openTcp: image.host.open, openSerial, openUdp: image.host.open });
      const argv = ["read", "40005:7", ...HOST, "--type", "text", ...placed, ...more];
      expect(await clock.until(command(argv, terminal))).toBe(0);
      return terminal.output();
    };
    expect(await spell()).toContain(line);
    expect(JSON.parse(await spell("--json"))).toMatchObject({ text, refusal: null });
  });

  test("reads bits one by one", async () => {
    const { output } = await read(...HOST, "coil:3:2");
    expect(output).toContain("coil:3    00004      1\ncoil:4    00005      0\n");
  });

  test("asks over a serial port by its settings", async () => {
    const { bus, output } = await read("--serial", "/dev/ttyAMA0", "--unit", "1", "input:0:2");
    expect(bus.opened).toEqual([{ baud: 9600, parity: "none", stopBits: 1 }]);
    expect(output).toContain("/dev/ttyAMA0 unit 1, input-register 0 to 1");
  });

  test("takes place, unit and limits of a configured instance, and names its points", async () => {
    const line = "{ serial: /dev/ttyAMA0, unit: 1, profile: eastron/sdm630, name: main, max_registers: 2 }";
    using folder = new ConfigFolder({ "conf.d/modbus.yaml": `instances:\n  - ${line}\n` });
    const { bus, output, code } = await read("--instance", "main", "input:0:4", "--config", folder.path);
    expect(code).toBe(0);
    expect(bus.requests).toHaveLength(2);
    expect(output).toMatch(/^input:0 .* voltage-l1$/mu);
    expect(output).toMatch(/^input:3 .* voltage-l2$/mu);
  });
});

describe("modbus read of registers that a read clears", () => {
  const profile = [
    "id: acme/counter",
    "description: A counter",
    "source: { title: This test }",
    "protocol: modbus",
    "table: input-register",
    "word_order: high-word-first",
    "points:",
    "  pieces: { address: 2, type: float32, unit: V, metric: voltage, clear_on_read: true }",
    "",
  ].join("\n");
  const files = {
    "device-profiles/acme/counter.yaml": profile,
    "conf.d/modbus.yaml": "instances:\n  - { host: 10.0.0.5, unit: 1, profile: acme/counter, name: main }\n",
  };

  test("is refused where others are read along with them", async () => {
    using folder = new ConfigFolder(files);
    const asked = read("--instance", "main", "input:0:10", "--config", folder.path);
    await expect(asked).rejects.toMatchObject({
      code: "CLI_USAGE",
      message: expect.stringContaining("found 10 registers with input:2:2, which a read clears by the profile acme/"),
    });
    await expect(read(...HOST, "input:3", "--config", folder.path)).rejects.toThrow("expected registers without it");
  });

  test("is done where nothing else is meant, and where they belong to another unit", async () => {
    using folder = new ConfigFolder(files);
    const alone = await read("--instance", "main", "input:2", "--type", "float32", "--config", folder.path);
    expect(alone.output).toContain("230.1");
    const other = await read(...HOST, "--unit", "7", "input:0:10", "--config", folder.path);
    expect(other.errors).toContain("unit 7 answered exception 11");
  });
});

describe("modbus read beside a running gateway", () => {
  const status = { instances: [{ check: "modbus", instance: "main", bus: "serial:///dev/ttyAMA0" }] };

  test("leaves a port to it that it polls on, and says how to read all the same", async () => {
    using folder = new ConfigFolder({ "tidegate.yaml": "api_key: a\nrun_path: run\n" });
    mkdirSync(join(folder.path, "run"));
    await using _gateway = await serveControl(join(folder.path, "run"), async () => status);
    const clock = new FakeClock();
    const { bus } = meterBus(clock);
    const command = createRead({ clock, openTcp: bus.openTcp, openSerial: bus.openSerial, openUdp: bus.openTcp });
    const argv = ["read", "input:0", "--serial", "/dev/ttyAMA0", "--config", folder.path];
    await expect(command(argv, createTestTerminal())).rejects.toMatchObject({
      code: "INPUT_UNREACHABLE",
      message: expect.stringMatching(
        /the running gateway has \/dev\/ttyAMA0 open.*`tidegate check modbus --instance main/u,
      ),
    });
    expect(bus.opened).toEqual([]);
  });
});
