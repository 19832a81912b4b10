/** Modbus requests that read, and what answers them: the protocol data unit, without the frame of TCP or RTU. */

import assert from "node:assert/strict";
import { GatewayError } from "../model/errors.ts";
import type { Table } from "../model/profile.ts";

/**
 * The function code that reads each table; no other code is ever sent.
 *
 * Source: MODBUS Application Protocol V1.1b3, 6.1 to 6.4.
 */
export const READ_FUNCTION: Readonly<Record<Table, number>> = {
  coil: 1,
  "discrete-input": 2,
  "holding-register": 3,
  "input-register": 4,
};

/**
 * Most registers one request may ask for.
 *
 * Source: MODBUS Application Protocol V1.1b3, 6.3 and 6.4.
 */
export const REGISTERS_PER_READ_MAX = 125;

/**
 * Most bits one request may ask for.
 *
 * Source: MODBUS Application Protocol V1.1b3, 6.1 and 6.2.
 */
export const BITS_PER_READ_MAX = 2000;

/**
 * Longest protocol data unit: 256 bytes of an RTU frame less unit and checksum.
 *
 * Units: bytes. Source: MODBUS Application Protocol V1.1b3, 4.1.
 */
export const PDU_BYTES_MAX = 253;

/** Set in the function code of an answer that is an exception. Source: MODBUS Application Protocol V1.1b3, 4.1. */
export const EXCEPTION_FLAG = 0x80;

/** A request to read neighbouring registers or bits. Units: `address` as on the wire, `count` registers or bits. */
export interface ReadRequest {
  readonly functionCode: number;
  readonly address: number;
  readonly count: number;
  /** Bytes of one register of the answer; leaving it out means 2. */
  readonly registerBytes?: number;
}

/** What of a request decides the size of its answer. */
export type ReadSize = Pick<ReadRequest, "functionCode" | "count" | "registerBytes">;

/** What a device answers: the bytes asked for, or an exception. */
export type ReadAnswer =
  | { readonly kind: "data"; readonly data: DataView }
  | { readonly kind: "exception"; readonly exceptionCode: number };

/** Says whether a function code reads one of the two bit tables. */
export function readsBits(functionCode: number): boolean {
  return functionCode === READ_FUNCTION.coil || functionCode === READ_FUNCTION["discrete-input"];
}

/** Counts the bytes of data that answer a request. */
export function answerBytesOf({ functionCode, count, registerBytes = 2 }: ReadSize): number {
  return readsBits(functionCode) ? Math.ceil(count / 8) : count * registerBytes;
}

/**
 * Unpacks a request to read from its protocol data unit.
 *
 * Shape: `pdu` as `encodeReadRequest` makes it.
 */
export function decodeReadRequest(pdu: Uint8Array): ReadRequest {
  const view = new DataView(pdu.buffer, pdu.byteOffset, pdu.length);
  return { functionCode: view.getUint8(0), address: view.getUint16(1), count: view.getUint16(3) };
}

/**
 * The function code that carries other protocols, and the one of these that reads what a device says of itself. The
 * others may write.
 *
 * Source: MODBUS Application Protocol V1.1b3, 6.19 to 6.21.
 */
export const READ_IDENTIFICATION = { functionCode: 0x2b, type: 0x0e } as const;

/**
 * Lets only what reads pass: the four reading function codes, and the reading of a device's identification. Every
 * encoder calls it on its way out, so that nothing in the gateway can change a machine.
 *
 * Shape: `pdu` of any length. Errors: `INPUT_WRITE_REFUSED`.
 */
export function refuseWrite(pdu: Uint8Array): void {
  const [functionCode = 0, type] = pdu;
  if (functionCode >= 1 && functionCode <= 4) return;
  if (functionCode === READ_IDENTIFICATION.functionCode && type === READ_IDENTIFICATION.type) return;
  throw new GatewayError(
    "INPUT_WRITE_REFUSED",
    `Function code ${functionCode} was not sent: the gateway only reads, by the function codes 1 to 4 and 43/14. ` +
      "Writing has to be done with the tool of the machine's vendor.",
    { context: { functionCode } },
  );
}

/**
 * Encodes a request to read.
 *
 * Errors: `INPUT_WRITE_REFUSED`.
 * Source: MODBUS Application Protocol V1.1b3, 6.1 to 6.4.
 */
export function encodeReadRequest(request: ReadRequest): Uint8Array {
  const { functionCode, address, count } = request;
  refuseWrite(Uint8Array.of(functionCode));
  assert(count >= 1 && count <= (readsBits(functionCode) ? BITS_PER_READ_MAX : REGISTERS_PER_READ_MAX));
  assert(address >= 0 && address + count <= 0x10000);
  return Uint8Array.of(functionCode, address >> 8, address & 0xff, count >> 8, count & 0xff);
}

/**
 * Unpacks the answer to `request`, and refuses data that does not fit it to the byte. An exception may be longer than
 * its two bytes: there are devices that pad it, and a refusal carries no value that could be wrong.
 *
 * Shape: `pdu` is a whole protocol data unit, function code first; the data it gives is a view of its bytes.
 * Errors: `DECODE_SHORT_FRAME`, `INPUT_BAD_REPLY`.
 * Source: MODBUS Application Protocol V1.1b3, 6.1 to 6.4 and 7.
 */
export function decodeReadAnswer(request: ReadRequest, pdu: Uint8Array): ReadAnswer {
  const functionCode = pdu[0] ?? 0;
  const second = pdu[1];
  if (second === undefined) throw shortFrame(2, pdu.length);
  if (functionCode === (request.functionCode | EXCEPTION_FLAG)) {
    return { kind: "exception", exceptionCode: second };
  }
  if (functionCode !== request.functionCode) {
    throw badReply(`function code ${functionCode}`, `${request.functionCode}, the one that was asked`);
  }
  const bytes = answerBytesOf(request);
  if (second !== bytes) throw badReply(`a byte count of ${second}`, `${bytes} for what was asked`);
  if (pdu.length < 2 + bytes) throw shortFrame(2 + bytes, pdu.length);
  if (pdu.length > 2 + bytes) throw badReply(`${pdu.length - 2} bytes of data`, `${bytes}, as its byte count says`);
  return { kind: "data", data: new DataView(pdu.buffer, pdu.byteOffset + 2, bytes) };
}

/** What an exception code means, and what to do about it. */
export interface ExceptionMeaning {
  readonly name: string;
  readonly advice: string;
}

/** Source: MODBUS Application Protocol V1.1b3, 7; code 7: Modicon Modbus Protocol Reference Guide PI-MBUS-300, C. */
const EXCEPTIONS: Readonly<Record<number, ExceptionMeaning>> = {
  1: {
    name: "illegal function",
    advice: "The device does not have this table; compare the profile's table with the device's manual",
  },
  2: {
    name: "illegal data address",
    advice:
      "The device does not have all of these addresses; compare the profile with the manual of exactly this model, " +
      "whose 40001 may be address 0, and lower max_gap if points were joined across unused addresses",
  },
  3: {
    name: "illegal data value",
    advice: "The device does not allow a read of this length or start; lower max_registers in the profile",
  },
  4: {
    name: "server device failure",
    advice: "The device failed inside while it answered; check unit, look at its display or its log, then restart it",
  },
  5: {
    name: "acknowledge",
    advice: "The device is still working on an earlier request; poll it less often if this stays",
  },
  6: {
    name: "server device busy",
    advice: "The device is busy with something else; poll it less often, or look for another master that asks it",
  },
  7: {
    name: "negative acknowledge",
    advice: "The device cannot do this now; look at its display or its log",
  },
  8: {
    name: "memory parity error",
    advice: "The device found its own memory damaged; have it checked",
  },
  9: {
    name: "a code the standard leaves open",
    advice: "Look it up in the device's manual",
  },
  10: {
    name: "gateway path unavailable",
    advice: "The Modbus gateway in between has no free path to the unit; check its configuration and its load",
  },
  11: {
    name: "gateway target device failed to respond",
    advice:
      "The Modbus gateway in between works and the unit behind it is silent; check the unit's power, wiring, unit id " +
      "and baud rate",
  },
};

const EXCEPTION_UNKNOWN: ExceptionMeaning = {
  name: "a code the standard does not define",
  advice: "Look it up in the device's manual",
};

/** Says in words what an exception code means and what to do. */
export function describeException(exceptionCode: number): ExceptionMeaning {
  return EXCEPTIONS[exceptionCode] ?? EXCEPTION_UNKNOWN;
}

/**
 * Says whom an exception is about: the configuration, which asks for what is not there; the device, which failed; a
 * device that is busy for the moment; or the unit, which did not answer the gateway in front of it.
 */
export function classifyException(exceptionCode: number): "config" | "device" | "busy" | "silent-unit" {
  if (exceptionCode >= 1 && exceptionCode <= 3) return "config";
  if (exceptionCode === 5 || exceptionCode === 6) return "busy";
  return exceptionCode === 10 || exceptionCode === 11 ? "silent-unit" : "device";
}

/** Makes the error of an answer that cannot be one. */
export function badReply(found: string, expected: string): GatewayError {
  return new GatewayError("INPUT_BAD_REPLY", `The answer has ${found}, expected was ${expected}.`);
}

/** Makes the error of an answer that ends too early. */
export function shortFrame(bytesMin: number, bytes: number): GatewayError {
  return new GatewayError("DECODE_SHORT_FRAME", `The answer ends after ${bytes} bytes, expected were ${bytesMin}.`);
}
