import { BITS_PER_READ_MAX, REGISTERS_PER_READ_MAX, type ReadRequest, readsBits } from "../../decode/modbus-pdu.ts";

/** Bits whose answer fits into one byte. */
const BITS_PER_BYTE = 8;

/**
 * Chooses a read whose answer cannot be taken for one that is owed: of the same registers as `wanted` and fewer of
 * them, since those are known to be readable, and only where there are none fewer of more.
 *
 * `isOwed` says whether a unit owes an answer of that length.
 */
export function chooseProbe(wanted: ReadRequest, isOwed: (read: ReadRequest) => boolean): ReadRequest {
  const step = readsBits(wanted.functionCode) ? BITS_PER_BYTE : 1;
  const countMax = readsBits(wanted.functionCode) ? BITS_PER_READ_MAX : REGISTERS_PER_READ_MAX;
  for (let count = wanted.count - step; count >= 1; count -= step) {
    if (!isOwed({ ...wanted, count })) return { ...wanted, count };
  }
  for (let count = wanted.count + step; count <= countMax; count += step) {
    const probe = { ...wanted, address: Math.min(wanted.address, 0x10000 - count), count };
    if (!isOwed(probe)) return probe;
  }
  return wanted;
}
