/** Everybody who reads holding registers of unit 1 over Modbus TCP, behind one face. */

import { once } from "node:events";
import { createRequire } from "node:module";
import { createConnection } from "node:net";
import modbusSerial from "modbus-serial";
import { createInput, createLinks } from "../../../src/inputs/modbus/input.ts";
import { TcpLink } from "../../../src/inputs/modbus/tcp-link.ts";
import type { ModbusProfile, Point } from "../../../src/model/profile.ts";
import { seconds } from "../../../src/model/time.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import { smallMeter, smallMeterInstance } from "../../inputs/small-meter.ts";
import { BareClient } from "./bare-client.ts";

/** Reads registers; gives what the first of them holds. */
export type ReadRegisters = (address: number, count: number) => Promise<number>;

/** What a client is to read. */
export interface Reading {
  readonly port: number;
  /** Registers in one request. */
  readonly count: number;
  /** Requests under way. */
  readonly depth: number;
}

/** The clients by name, with what opens them. */
export const CLIENTS = {
  bare: openBare,
  link: openLink,
  "modbus-serial": openModbusSerial,
  jsmodbus: openJsmodbus,
} as const;

export type ClientName = keyof typeof CLIENTS;

/** The first register that the server holds, and that holds its own address. */
export const FIRST_ADDRESS = 0x5100;

const UNIT = 1;
const { signal } = new AbortController();

function encode(address: number, count: number): Uint8Array {
  return Uint8Array.of(3, address >> 8, address & 0xff, count >> 8, count & 0xff);
}

function firstWord(pdu: Uint8Array): number {
  return ((pdu[2] ?? 0) << 8) | (pdu[3] ?? 0);
}

async function openBare({ port }: Reading): Promise<ReadRegisters> {
  const client = await BareClient.open(port);
  return async (address, count) => firstWord(await client.request(UNIT, encode(address, count)));
}

async function openLink({ port, depth }: Reading): Promise<ReadRegisters> {
  const link = new TcpLink({ host: "127.0.0.1", port }, systemClock);
  const timeout = seconds(1);
  return async (address, count) => {
    const pdu = encode(address, count);
    return firstWord(await link.request({ unit: UNIT, pdu, timeout, signal, inFlightMax: depth }));
  };
}

async function openModbusSerial({ port }: Reading): Promise<ReadRegisters> {
  const client = new modbusSerial.default();
  await client.connectTCP("127.0.0.1", { port });
  client.setTimeout(1000);
  return (address, count) =>
    new Promise((resolve, reject) => {
      client.writeFC3(UNIT, address, count, (error, result) => {
        if (error) reject(error);
        else resolve(result?.data[0] ?? Number.NaN);
      });
    });
}

/** What of `jsmodbus` is used here. */
interface JsmodbusClient {
  readHoldingRegisters(
    address: number,
    count: number,
  ): Promise<{ readonly response: { readonly body: { readonly valuesAsArray: readonly number[] } } }>;
}

async function openJsmodbus({ port }: Reading): Promise<ReadRegisters> {
  const require = createRequire(new URL("../../peers/package.json", import.meta.url));
  const { client: kinds } = require("jsmodbus");
  const socket = createConnection({ host: "127.0.0.1", port, noDelay: true });
  const client: JsmodbusClient = new kinds.TCP(socket, UNIT, 1000);
  await once(socket, "connect");
  return async (address, count) => {
    const { response } = await client.readHoldingRegisters(address, count);
    return response.body.valuesAsArray[0] ?? Number.NaN;
  };
}

/** Makes the whole input: a poll reads `blocks` blocks and turns every register into a reading. */
export async function openInput({ port, count, depth }: Reading, blocks: number): Promise<() => Promise<void>> {
  const [pattern] = smallMeter.points;
  const points = Array.from({ length: blocks * count }, (_, index): Point => {
    // A register between two blocks is left out, so that each block is a request of its own.
    const address = FIRST_ADDRESS + Math.floor(index / count) * (count + 1) + (index % count);
    return { ...(pattern as Point), name: `word-${index}`, table: "holding-register", type: "uint16", address };
  });
  const profile: ModbusProfile = { ...smallMeter, points };
  const settings = { host: "127.0.0.1", port, unit: UNIT, max_in_flight: depth };
  const context = { clock: systemClock, links: createLinks(systemClock) };
  const input = createInput({ ...smallMeterInstance(settings), profile }, context);
  return async () => {
    const { readings, faults } = await input.poll(signal);
    if (faults.length > 0 || readings.count !== points.length) throw new Error(`a poll failed: ${faults[0]?.message}`);
  };
}
