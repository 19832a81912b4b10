/** The application layer of Modbus as a device sees it. Source: MODBUS Application Protocol V1.1b3. */

import type { Table } from "../../src/model/profile.ts";
import type { Device } from "./device.ts";
import { answerIdentification } from "./identification.ts";

/** The exception codes a device answers with. Source: section 7. */
export const EXCEPTION = {
  illegalFunction: 1,
  illegalDataAddress: 2,
  illegalDataValue: 3,
  gatewayTargetSilent: 0x0b,
} as const;

/** Sections 6.1 to 6.4: what each reading function reads, and how many of it at most. */
const READS: ReadonlyMap<number, { readonly table: Table; readonly countMax: number }> = new Map([
  [1, { table: "coil", countMax: 2000 }],
  [2, { table: "discrete-input", countMax: 2000 }],
  [3, { table: "holding-register", countMax: 125 }],
  [4, { table: "input-register", countMax: 125 }],
]);

/** Section 6.19: the function that carries others. */
const IDENTIFICATION = 0x2b;

const ADDRESS_COUNT = 65_536;

/** Registers of 32 bits that fit the 250 bytes of an answer. */
const WIDE_COUNT_MAX = 62;

/** An answer and, where it holds data, what was read. */
export interface Answer {
  /** Function code and data, without address or check bytes. */
  readonly pdu: Uint8Array;
  readonly read?: { readonly table: Table; readonly address: number; readonly count: number };
}

/** Answers a request from the registers of `device`. Shape: `pdu` holds at least the function code. */
export function answerPdu(device: Device, pdu: Uint8Array): Answer {
  const view = new DataView(pdu.buffer, pdu.byteOffset, pdu.byteLength);
  const functionCode = view.getUint8(0);
  if (functionCode === IDENTIFICATION && device.identification !== undefined) {
    const answered = answerIdentification(device.identification, pdu);
    return typeof answered === "number" ? encodeException(functionCode, answered) : { pdu: answered };
  }
  const kind = READS.get(functionCode);
  if (kind === undefined) return encodeException(functionCode, EXCEPTION.illegalFunction);
  if (pdu.byteLength !== 5) return encodeException(functionCode, EXCEPTION.illegalDataValue);
  const address = view.getUint16(1);
  const count = view.getUint16(3);
  const isRegisters = kind.table === "holding-register" || kind.table === "input-register";
  const countMax = isRegisters ? Math.min(kind.countMax, device.profile.maxRegisters) : kind.countMax;
  if (count < 1 || count > countMax) return encodeException(functionCode, EXCEPTION.illegalDataValue);
  if (address + count > ADDRESS_COUNT) return encodeException(functionCode, EXCEPTION.illegalDataAddress);
  const isWide = device.bank.isWide(kind.table, address);
  if (isWide && count > WIDE_COUNT_MAX) return encodeException(functionCode, EXCEPTION.illegalDataValue);
  for (let index = 1; index < count; index += 1) {
    const isOdd = device.bank.isWide(kind.table, address + index) !== isWide;
    if (isOdd) return encodeException(functionCode, EXCEPTION.illegalDataAddress);
  }
  const encode = isWide ? encodeWide : isRegisters ? encodeWords : encodeBits;
  const data = encode(device, kind.table, address, count);
  return { pdu: Uint8Array.of(functionCode, data.byteLength, ...data), read: { table: kind.table, address, count } };
}

/** Makes the answer that says no. */
export function encodeException(functionCode: number, exception: number): Answer {
  return { pdu: Uint8Array.of(functionCode | 0x80, exception) };
}

function encodeWords(device: Device, table: Table, address: number, count: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * count));
  for (let index = 0; index < count; index += 1) view.setUint16(2 * index, device.bank.read(table, address + index));
  return new Uint8Array(view.buffer);
}

/** Registers of 32 bits are on the wire with the bytes of two. Source: Enron Modbus, as by Omni's flow computers. */
function encodeWide(device: Device, table: Table, address: number, count: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * count));
  for (let index = 0; index < count; index += 1) {
    view.setUint32(4 * index, device.bank.readWide(table, address + index));
  }
  return new Uint8Array(view.buffer);
}

/** The first bit asked for is the lowest bit of the first byte. Source: section 6.1. */
function encodeBits(device: Device, table: Table, address: number, count: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (let index = 0; index < count; index += 1) {
    const byte = index >> 3;
    bytes[byte] = (bytes[byte] ?? 0) | (device.bank.read(table, address + index) << (index & 7));
  }
  return bytes;
}
