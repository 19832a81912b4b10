import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Device } from "../../hardware-sim/devices/device.ts";
import { FaultPlan } from "../../hardware-sim/devices/faults.ts";
import { ModbusServer } from "../../hardware-sim/devices/modbus-server.ts";
import { parseFaultStep, Scenario } from "../../hardware-sim/plant/scenario.ts";
import { loadShippedProfile } from "../../hardware-sim/plant/shipped-profiles.ts";
import { createPlantSignals, PLANT_PROFILES } from "../../hardware-sim/signals/plant-signals.ts";

describe("a step that cannot be played", () => {
  test.each([
    ["crc", /is not WHAT\[=VALUE\]:MACHINE/],
    ["crc:oven", /"oven" is no machine; there are press, pump, meter and truck/],
    ["fire:truck", /a receiver has no "fire"; it has silence, no-fix, garbage, cut-short, crc/],
    ["no-fix=3:truck", /none with a value/],
    ["fire:press", /there is no "fire"; there are altered-echo, busy, byte-by-byte,/],
    ["crc=2:press", /crc takes no value/],
    ["flipped-bit:press", /there is no "flipped-bit"/],
    ["late:press", /expected milliseconds, as in late=3000/],
    ["exception=12:press", /a code from 1 to 11/],
    ["reserved=19-10:press", /as in reserved=10-19/],
    ["half-open:press", /a serial line has no connections/],
    ["refused:pump", /a serial line has no connections/],
    ["crc:meter", /Modbus TCP has no checksum/],
    ["altered-echo:meter", /only a serial line is heard by all who speak/],
    ["collision:meter", /only a serial line is heard by all who speak/],
  ])("%s is a usage error that says why", (text, message) => {
    const error = expect.objectContaining({ code: "CLI_USAGE", message: expect.stringMatching(message) });
    expect(() => parseFaultStep(text)).toThrow(error);
  });
});

test.each([
  ["late=3000:press@5+10", { machine: "press", fault: { kind: "delay", delayMs: 3000 }, from: 5, seconds: 10 }],
  ["close:press", { machine: "press", fault: { kind: "close" }, from: 0, seconds: undefined }],
  ["altered-echo:pump", { machine: "pump", fault: { kind: "echo", isAltered: true }, from: 0, seconds: undefined }],
  ["no-fix:truck@2+3", { machine: "truck", fault: { kind: "receiver", receiver: "no-fix" }, from: 2, seconds: 3 }],
  ["busy:pump@0.5", { machine: "pump", fault: { kind: "exception", code: 6 }, from: 0.5, seconds: undefined }],
  [
    "reserved=7:meter",
    { machine: "meter", fault: { kind: "reserved", first: 7, last: 7 }, from: 0, seconds: undefined },
  ],
])("%s is heard in all its parts", (text, step) => {
  expect(parseFaultStep(text)).toEqual(step);
});

describe("a step that is played", () => {
  const READ = "000100000006010300640001";
  const GOOD = "0001000000050103020064";
  const lineFaults = new FaultPlan();
  let meter: ModbusServer;

  beforeEach(async () => {
    const device = new Device(loadShippedProfile(PLANT_PROFILES.press), createPlantSignals(1).press);
    meter = new ModbusServer({ units: new Map([[1, device]]), now: () => 0, draw: (count) => count - 1 });
    await meter.open();
  });

  afterEach(() => meter.close());

  async function connect(): Promise<Socket> {
    const socket = createConnection({ port: meter.port, host: "127.0.0.1" });
    await once(socket, "connect");
    return socket;
  }

  /** Asks for a register without a point, which holds its own address, and hears so many bytes. */
  async function ask(byteCount: number): Promise<string> {
    const socket = await connect();
    socket.write(Buffer.from(READ, "hex"));
    let heard = Buffer.alloc(0);
    while (heard.length < byteCount) heard = Buffer.concat([heard, ...((await once(socket, "data")) as [Buffer])]);
    socket.destroy();
    return heard.toString("hex");
  }

  test.each([
    ["wrong-unit", "0001000000050203020064"],
    ["wrong-function", "0001000000050104020064"],
    ["wrong-length", "00010000000b0103080064006500660067"],
    ["cut-short", GOOD.slice(0, -2)],
    ["echo", READ + GOOD],
    ["noise-before", "ff".repeat(20) + GOOD],
    ["noise-after", GOOD + "ff".repeat(20)],
    ["byte-by-byte", GOOD],
    ["exception=4", "000100000003018304"],
    ["busy", "000100000003018306"],
    ["reserved=90-100", "000100000003018302"],
    ["reserved=101-110", GOOD],
  ])("%s", async (what, heard) => {
    meter.faults.clear(1);
    await using _scenario = new Scenario({ lineFaults, meter }, [parseFaultStep(`${what}:meter`)]);
    expect(await ask(heard.length / 2)).toBe(heard);
  });

  test("and is over leaves a machine well", async () => {
    await new Scenario({ lineFaults, meter }, [parseFaultStep("busy:meter")])[Symbol.asyncDispose]();
    expect(await ask(11)).toBe(GOOD);
  });

  test("for the press meets the line, not the meter", async () => {
    await using _scenario = new Scenario({ lineFaults, meter }, [parseFaultStep("crc:press")]);
    expect(lineFaults.take(1)).toEqual({ kind: "damage", damage: "flipped-bit" });
    expect(meter.faults.take(1)).toBeUndefined();
  });

  test("as refused lets nobody connect, and at its end everybody", async () => {
    const scenario = new Scenario({ lineFaults, meter }, [parseFaultStep("refused:meter")]);
    const refused = createConnection({ port: meter.port, host: "127.0.0.1" });
    expect(await once(refused, "error")).toMatchObject([{ code: "ECONNREFUSED" }]);
    await scenario[Symbol.asyncDispose]();
    expect(await ask(11)).toBe(GOOD);
  });

  test("as one-client cuts the second", async () => {
    await using _scenario = new Scenario({ lineFaults, meter }, [parseFaultStep("one-client:meter")]);
    const first = await connect();
    const second = await connect();
    await once(second.resume(), "close");
    first.destroy();
  });

  test("as closed-between-polls cuts a connection that rests", async () => {
    await using _scenario = new Scenario({ lineFaults, meter }, [parseFaultStep("closed-between-polls:meter")]);
    const socket = await connect();
    socket.write(Buffer.from(READ, "hex"));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString("hex")).toBe(GOOD);
    await once(socket, "close");
  });

  test.each(["half-open:meter", "slow-after-connect=60000:meter"])("as %s does not hear a new client", async (text) => {
    const scenario = new Scenario({ lineFaults, meter }, [parseFaultStep(text)]);
    const socket = await connect();
    socket.write(Buffer.from(READ, "hex"));
    // By the time that two more have connected, what the first one sent was read.
    for (let count = 0; count < 2; count += 1) (await connect()).destroy();
    await scenario[Symbol.asyncDispose]();
    socket.write(Buffer.from(READ.replace("0001", "0002"), "hex"));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString("hex")).toBe(GOOD.replace("0001", "0002"));
    socket.destroy();
  });
});
