import { BITS_PER_READ_MAX, REGISTERS_PER_READ_MAX, type ReadRequest, readsBits } from "../../decode/modbus-pdu.ts";

/** Bits whose answer fits into one byte. */
const BITS_PER_BYTE = 8;

/** What a unit may be asked only to hear what it says, and not for its registers. */
export interface Harmless {
  /** Whether a read changes nothing in the unit. */
  mayRead(read: ReadRequest): boolean;
  /** A read that changes nothing, for when what is wanted does. */
  readonly instead: ReadRequest;
}

/**
 * Chooses a read whose answer cannot be taken for one that is owed: of the same registers as `wanted` and fewer of
 * them, since those are known to be readable, and only where there are none fewer of more. Where these may not be read
 * in passing, because that would clear them, or no registers are wanted, it is of what is harmless; undefined where
 * nothing is left.
 *
 * `isOwed` says whether a unit owes an answer of that length; `harmless` left out means that everything is.
 */
export function chooseProbe(
  wanted: ReadRequest | undefined,
  isOwed: (read: ReadRequest) => boolean,
  harmless?: Harmless,
): ReadRequest | undefined {
  const isFit = (read: ReadRequest): boolean => !isOwed(read) && (harmless?.mayRead(read) ?? true);
  const instead = harmless === undefined ? [] : [harmless.instead, ...otherLengthsOf(harmless.instead)];
  const shorter = wanted === undefined ? [] : otherLengthsOf(wanted);
  return [...shorter, ...instead].find(isFit);
}

/** The reads from the same address on that are shorter, then those that are longer. */
function otherLengthsOf(read: ReadRequest): readonly ReadRequest[] {
  const step = readsBits(read.functionCode) ? BITS_PER_BYTE : 1;
  const countMax = readsBits(read.functionCode) ? BITS_PER_READ_MAX : REGISTERS_PER_READ_MAX;
  const reads: ReadRequest[] = [];
  for (let count = read.count - step; count >= 1; count -= step) reads.push({ ...read, count });
  for (let count = read.count + step; count <= countMax; count += step) {
    reads.push({ ...read, address: Math.min(read.address, 0x10000 - count), count });
  }
  return reads;
}
