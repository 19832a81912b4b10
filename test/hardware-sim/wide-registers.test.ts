/** A machine with registers of 32 bits among those of 16, from its socket to the intake. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Device } from "../../hardware-sim/devices/device.ts";
import { answerPdu } from "../../hardware-sim/devices/modbus-pdu.ts";
import { ModbusServer } from "../../hardware-sim/devices/modbus-server.ts";
import { IntakeServer } from "../../hardware-sim/intake/intake-server.ts";
import { loadProfile } from "../../src/config/profiles.ts";
import { Child } from "../peers/child-process.ts";

const LAUNCHER = fileURLToPath(new URL("../../src/launch.js", import.meta.url));
const API_KEY = "0123456789abcdef0123456789abcdef";

const PROFILE = `id: acme/flow
description: A flow computer with registers of 32 bits
source: { title: Manual, url: https://acme.test }
protocol: modbus
table: holding-register
points:
  temperature: { address: 3001, type: int16, scale: 0.1, unit: degC, metric: temperature }
  voltage: { address: 7001, type: float32, register_bits: 32, unit: V, metric: voltage }
  current: { address: 7002, type: float32, register_bits: 32, unit: A, metric: current }
  energy: { address: 7003, type: uint64, register_bits: 32, unit: Wh, metric: energy.active.import }
  power: { address: 7005, type: int32, register_bits: 32, word_order: low-word-first, unit: W, metric: power.active }
`;

const VALUES: Readonly<Record<string, number>> = {
  ...{ temperature: -12.3, voltage: 230.1, current: 5.25, energy: 9_876_543_210, power: -70_000 },
};

let folder: string;
let server: ModbusServer;
let device: Device;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-wide-"));
  mkdirSync(join(folder, "conf.d"));
  mkdirSync(join(folder, "device-profiles", "acme"), { recursive: true });
  writeFileSync(join(folder, "device-profiles", "acme", "flow.yaml"), PROFILE);
  const profile = loadProfile("acme/flow", [join(folder, "device-profiles")])?.profile;
  if (profile?.protocol !== "modbus") throw new Error("the profile has mistakes");
  device = new Device(
    profile,
    () =>
      ({ name }) =>
        VALUES[name] ?? 0,
  );
  server = new ModbusServer({ units: new Map([[1, device]]), now: () => 0 });
  await server.open();
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

test("a machine with registers of 32 bits is read by the gateway, value by value as it holds them", {
  timeout: 120_000,
}, async () => {
  const intake = new IntakeServer({ apiKey: API_KEY });
  await intake.open();
  const lines = ["hostname: wide", `api_key: ${API_KEY}`, `dd_url: ${intake.url}`, `run_path: ${join(folder, "run")}`];
  writeFileSync(join(folder, "tidegate.yaml"), `${lines.join("\n")}\nforward: { flush_interval: 1 }\n`);
  writeFileSync(
    join(folder, "conf.d", "modbus.yaml"),
    `instances: [{ host: 127.0.0.1, port: ${server.port}, profile: acme/flow, min_collection_interval: 0.5 }]\n`,
  );
  try {
    await using gateway = new Child(process.execPath, [LAUNCHER, "run", "--config", folder]);
    const heldOf = (): Record<string, number> => {
      const held = [...intake.ledger.held()].filter(({ tags }) => tags.includes("profile:acme/flow"));
      const pointOf = (tags: readonly string[]): string => tags.find((tag) => tag.startsWith("point:")) ?? "";
      return Object.fromEntries(held.map(({ tags, value }) => [pointOf(tags).slice("point:".length), value]));
    };
    await expect.poll(heldOf, { timeout: 100_000, interval: 100 }).toEqual(VALUES);
    expect(intake.violations).toEqual([]);
    expect(await gateway.stop()).toMatchObject({ code: 0 });
  } finally {
    await intake[Symbol.asyncDispose]();
  }
  expect(device.served).toBeGreaterThanOrEqual(5);
});

test.each([
  ["two registers of 32 bits", "031b590002", 8],
  ["a register of 16 bits", "030bb90001", 2],
  ["registers of both kinds", "031b5d0003", undefined],
  ["more registers of 32 bits than an answer holds", "031b59003f", undefined],
])("a machine with both kinds of registers is asked for %s", (_, pdu, bytes) => {
  device.advanceTo(0);
  const answered = answerPdu(device, Buffer.from(pdu, "hex")).pdu;
  expect(answered[0]).toBe(bytes === undefined ? 0x83 : 3);
  if (bytes !== undefined) expect([answered[1], answered.length]).toEqual([bytes, 2 + bytes]);
});
