/**
 * What a device says of itself by function 43/14: objects with a number and bytes, most of them text.
 *
 *     offset 0  function code     0x2b
 *     offset 1  type              0x0e
 *     offset 2  access            as it was asked
 *     offset 3  conformity        which objects there are: 1 to 3, with 0x80 where one can be asked for alone
 *     offset 4  more follows      0xff, or 0 where this is all
 *     offset 5  next object       where to go on
 *     offset 6  count of objects
 *     offset 7  objects, each     number, count of bytes, bytes
 *
 * Source: MODBUS Application Protocol V1.1b3, 6.21.
 */

import assert from "node:assert/strict";
import { badReply, EXCEPTION_FLAG, PDU_BYTES_MAX, READ_IDENTIFICATION, shortFrame } from "./modbus-pdu.ts";

/**
 * What is asked for: the objects that every device has, these and the named ones, all, or one alone.
 *
 * Source: MODBUS Application Protocol V1.1b3, 6.21.
 */
export const IDENTIFICATION_ACCESS = { basic: 1, regular: 2, extended: 3, individual: 4 } as const;

/** The objects that every device has. Source: MODBUS Application Protocol V1.1b3, 6.21. */
export const IDENTIFICATION_OBJECT = { vendor: 0, productCode: 1, revision: 2 } as const;

/** Everything before the first object. Units: bytes. */
const HEADER_BYTES = 7;

/** Number and count of bytes of an object. Units: bytes. */
const OBJECT_HEADER_BYTES = 2;

const MORE_FOLLOWS = 0xff;
const CONFORMITY_LEVELS: ReadonlySet<number> = new Set([0x01, 0x02, 0x03, 0x81, 0x82, 0x83]);

/** A request to say who it is. */
export interface IdentificationRequest {
  readonly access: (typeof IDENTIFICATION_ACCESS)[keyof typeof IDENTIFICATION_ACCESS];
  /** The first object wanted. */
  readonly objectId: number;
}

/** One thing that a device says of itself. */
export interface IdentificationObject {
  readonly id: number;
  /** A part of the answer. */
  readonly bytes: Uint8Array;
}

/** What one answer holds. */
export interface Identification {
  readonly conformity: number;
  readonly objects: readonly IdentificationObject[];
  /** Where the next request goes on; undefined where this is all. It is higher than what came. */
  readonly nextObjectId: number | undefined;
}

/** What a device answers: who it is, or an exception. */
export type IdentificationAnswer =
  | { readonly kind: "data"; readonly data: Identification }
  | { readonly kind: "exception"; readonly exceptionCode: number };

/** Encodes a request to say who it is. */
export function encodeIdentificationRequest({ access, objectId }: IdentificationRequest): Uint8Array {
  assert(objectId >= 0 && objectId <= 0xff);
  return Uint8Array.of(READ_IDENTIFICATION.functionCode, READ_IDENTIFICATION.type, access, objectId);
}

/**
 * Counts the bytes that an answer has at least, by as much of it as is there; it is whole when it has them all.
 *
 * Shape: `bytes` has a protocol data unit from `start` on, function code first, and ends anywhere in it.
 */
export function identificationBytesMin(bytes: Uint8Array, start: number): number {
  const objectCount = bytes[start + HEADER_BYTES - 1];
  if (objectCount === undefined) return HEADER_BYTES;
  let size = HEADER_BYTES + objectCount * OBJECT_HEADER_BYTES;
  let offset = start + HEADER_BYTES;
  for (let index = 0; index < objectCount; index += 1) {
    const length = bytes[offset + 1];
    if (length === undefined || size > PDU_BYTES_MAX) break;
    size += length;
    offset += OBJECT_HEADER_BYTES + length;
  }
  return size;
}

/**
 * Unpacks the answer to `request`, and refuses what does not fit it to the byte; an exception may be longer, as in
 * `decodeReadAnswer`.
 *
 * Shape: `pdu` is a whole protocol data unit, function code first; the objects it gives are parts of it.
 * Errors: `DECODE_SHORT_FRAME`, `INPUT_BAD_REPLY`.
 */
export function decodeIdentificationAnswer(request: IdentificationRequest, pdu: Uint8Array): IdentificationAnswer {
  const [functionCode, type, access, conformity = 0, more, nextObjectId = 0, objectCount = 0] = pdu;
  if (type === undefined) throw shortFrame(2, pdu.length);
  if (functionCode === (READ_IDENTIFICATION.functionCode | EXCEPTION_FLAG)) {
    return { kind: "exception", exceptionCode: type };
  }
  expectByte("function code", functionCode, READ_IDENTIFICATION.functionCode);
  expectByte("type", type, READ_IDENTIFICATION.type);
  const bytesMin = identificationBytesMin(pdu, 0);
  if (pdu.length < bytesMin) throw shortFrame(bytesMin, pdu.length);
  expectByte("access", access, request.access);
  if (!CONFORMITY_LEVELS.has(conformity)) throw badReply(`conformity level ${conformity}`, "1 to 3 or 129 to 131");
  if (more !== 0 && more !== MORE_FOLLOWS) throw badReply(`${more} where it says if more follows`, "0 or 255");
  if (pdu.length > bytesMin) throw badReply(`${pdu.length} bytes`, `${bytesMin} by its ${objectCount} objects`);
  const objects = unpackObjects(pdu, objectCount);
  if (more === 0) return { kind: "data", data: { conformity, objects, nextObjectId: undefined } };
  const last = objects.at(-1)?.id ?? request.objectId;
  if (nextObjectId <= last) throw badReply(`${nextObjectId} as the next object`, `more than ${last}, the last one`);
  return { kind: "data", data: { conformity, objects, nextObjectId } };
}

function unpackObjects(pdu: Uint8Array, objectCount: number): readonly IdentificationObject[] {
  const objects: IdentificationObject[] = [];
  let offset = HEADER_BYTES;
  for (let index = 0; index < objectCount; index += 1) {
    const [id = 0, length = 0] = pdu.subarray(offset);
    const before = objects.at(-1)?.id ?? -1;
    if (id <= before) throw badReply(`object ${id} after object ${before}`, "a higher number");
    offset += OBJECT_HEADER_BYTES;
    objects.push({ id, bytes: pdu.subarray(offset, offset + length) });
    offset += length;
  }
  return objects;
}

function expectByte(what: string, found: number | undefined, expected: number): void {
  if (found !== expected) throw badReply(`${what} ${found}`, `${expected}, the one that was asked`);
}
