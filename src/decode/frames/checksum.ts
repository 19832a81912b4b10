/**
 * The checksums that devices on serial lines put into their frames.
 *
 * Source: G. Cook, Catalogue of parametrised CRC algorithms, for the CRCs; MODBUS over Serial Line V1.02, 2.5.2.2, for
 * the LRC; Mettler Toledo, standard continuous output, for the sum of seven bits.
 */

import type { ChecksumRule, ChecksumType } from "../../model/serial-profile.ts";

/** What tells one CRC of 16 bits from another; the polynomial is that of the direction in which bits are taken. */
interface CrcRule {
  readonly polynomial: number;
  readonly start: number;
  readonly isReflected: boolean;
  readonly xor: number;
}

const CRCS: Readonly<Partial<Record<ChecksumType, CrcRule>>> = {
  "crc16-modbus": { polynomial: 0xa001, start: 0xffff, isReflected: true, xor: 0 },
  "crc16-arc": { polynomial: 0xa001, start: 0, isReflected: true, xor: 0 },
  "crc16-kermit": { polynomial: 0x8408, start: 0, isReflected: true, xor: 0 },
  "crc16-x25": { polynomial: 0x8408, start: 0xffff, isReflected: true, xor: 0xffff },
  "crc16-ccitt-false": { polynomial: 0x1021, start: 0xffff, isReflected: false, xor: 0 },
  "crc16-xmodem": { polynomial: 0x1021, start: 0, isReflected: false, xor: 0 },
};

/** How many bytes a checksum has. */
export function checksumBytes(type: ChecksumType): 1 | 2 {
  return type === "sum16" || type in CRCS ? 2 : 1;
}

/** How many bytes of the frame a checksum takes, as it is spelled. */
export function checksumLength({ type, spelling }: Pick<ChecksumRule, "type" | "spelling">): number {
  return checksumBytes(type) * (spelling === "hex" ? 2 : 1);
}

/** Computes a checksum. Shape: `bytes` of any length, of which those from `start` on and before `end` count. */
export function computeChecksum(type: ChecksumType, bytes: Uint8Array, start: number, end: number): number {
  const crc = CRCS[type];
  if (crc !== undefined) return computeCrc(crc, bytes, start, end);
  let sum = 0;
  let xor = 0;
  for (let offset = start; offset < end; offset += 1) {
    const byte = bytes[offset] ?? 0;
    sum += byte;
    xor ^= byte;
  }
  switch (type) {
    case "xor8":
      return xor;
    case "sum8":
      return sum & 0xff;
    case "sum16":
      return sum & 0xffff;
    case "negated-sum7":
      return -sum & 0x7f;
    // The LRC of Modbus ASCII and its like is the negated sum of the bytes.
    default:
      return -sum & 0xff;
  }
}

function computeCrc(
  { polynomial, start: from, isReflected, xor }: CrcRule,
  bytes: Uint8Array,
  start: number,
  end: number,
) {
  let crc = from;
  for (let offset = start; offset < end; offset += 1) {
    const byte = bytes[offset] ?? 0;
    crc ^= isReflected ? byte : byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = isReflected ? shiftDown(crc, polynomial) : shiftUp(crc, polynomial);
  }
  return crc ^ xor;
}

function shiftDown(crc: number, polynomial: number): number {
  return (crc & 1) === 1 ? (crc >> 1) ^ polynomial : crc >> 1;
}

function shiftUp(crc: number, polynomial: number): number {
  return (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) & 0xffff) ^ polynomial;
}

/**
 * Says whether the checksum of a frame holds; one that the frame has no room for does not.
 *
 * Shape: `bytes` from `start` on and before `end` are the frame, whole.
 */
export function holdsChecksum(rule: ChecksumRule, bytes: Uint8Array, start: number, end: number): boolean {
  const place = (offset: number): number => (offset < 0 ? end + offset : start + offset);
  const from = place(rule.from);
  const to = place(rule.to);
  const at = place(rule.at);
  const isInside = from >= start && to <= end && from <= to && at >= start && at + checksumLength(rule) <= end;
  if (!isInside) return false;
  return readChecksum(rule, bytes, at) === computeChecksum(rule.type, bytes, from, to);
}

/** NaN for digits that are none. */
function readChecksum({ type, spelling, order }: ChecksumRule, bytes: Uint8Array, at: number): number {
  const size = checksumBytes(type);
  const step = spelling === "hex" ? 2 : 1;
  let value = 0;
  for (let index = 0; index < size; index += 1) {
    const place = at + step * (order === "high-byte-first" ? index : size - 1 - index);
    const byte = spelling === "hex" ? 16 * hexDigit(bytes[place]) + hexDigit(bytes[place + 1]) : (bytes[place] ?? 0);
    value = 256 * value + byte;
  }
  return value;
}

function hexDigit(code = 0): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code & 0xdf;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : Number.NaN;
}
