import { createServer, type Server } from "node:net";
import { ServerTCP } from "modbus-serial";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import type { InputContext } from "../../src/model/input.ts";
import { systemClock } from "../../src/platform/system-clock.ts";
import { readingsOf } from "../conformance/input-suite.ts";
import { smallMeterInstance } from "./small-meter.ts";

/** Registers as a foreign server holds them: 230.1 V, -34 A, 123456 W, 12345.678 kWh. */
const inputRegisters: Readonly<Record<number, number>> = { 0: 0x4366, 1: 0x199a, 2: 0xf254, 10: 0xe240, 11: 0x0001 };
const holdingRegisters: Readonly<Record<number, number>> = { 100: 0, 101: 0, 102: 0x00bc, 103: 0x614e };
const signal = new AbortController().signal;

let port = 0;
let server: ServerTCP;

async function findFreePort(): Promise<number> {
  const probe = await new Promise<Server>((resolve) => {
    const listening = createServer().listen(0, "127.0.0.1", () => resolve(listening));
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("the probe has no port");
  return address.port;
}

beforeAll(async () => {
  port = await findFreePort();
  server = new ServerTCP(
    {
      getDiscreteInput: (address: number) => address === 6,
      getInputRegister: (address: number, unit: number) => (unit === 7 ? (inputRegisters[address] ?? 0) : 0),
      getHoldingRegister: (address: number, unit: number) => (unit === 7 ? (holdingRegisters[address] ?? 0) : 1),
    },
    { host: "127.0.0.1", port, unitID: 255 },
  );
  await new Promise<void>((resolve, reject) => {
    server.on("initialized", () => resolve());
    server.on("serverError", reject);
  });
});

afterAll(async () => {
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

function contextOf(): InputContext<ReturnType<typeof createLinks>> {
  return { clock: systemClock, links: createLinks(systemClock) };
}

test("a server that others wrote is read over a real socket, two units at once", async () => {
  const context = contextOf();
  await using seven = createInput(smallMeterInstance({ host: "127.0.0.1", port }), context);
  await using eight = createInput(smallMeterInstance({ host: "127.0.0.1", port, unit: 8 }), context);
  const [ofSeven, ofEight] = await Promise.all([seven.poll(signal), eight.poll(signal)]);
  expect(ofSeven.faults).toEqual([]);
  expect(readingsOf(seven, ofSeven)).toEqual({
    running: 0,
    alarm: 1,
    energy: 12_345.678,
    voltage: 230.1,
    current: -34,
    power: 123_456,
  });
  expect(readingsOf(eight, ofEight)).toMatchObject({ alarm: 1, voltage: 0, power: 0 });
  expect(server.socks.size).toBe(1);
});

test("a port where nobody listens is a fault that says so", async () => {
  const free = await findFreePort();
  await using input = createInput(smallMeterInstance({ host: "127.0.0.1", port: free }), contextOf());
  const outcome = await input.poll(signal);
  expect(outcome).toMatchObject({ isReachable: false, faults: [{ code: "INPUT_UNREACHABLE" }] });
  expect(outcome.faults[0]?.message).toMatch(/^127\.0\.0\.1:\d+ refused the connection/);
});
