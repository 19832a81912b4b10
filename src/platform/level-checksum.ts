/**
 * The checksum of LevelDB's files, and the one bit that explains why bytes do not match it.
 *
 * A CRC is linear: what it differs by tells nothing of the bytes, only of the bits that are wrong in them. The
 * difference that the last bit makes is the polynomial, that of each bit before it is one step of the register more,
 * and no two bits of the lengths seen here make the same. Two wrong bits of the bytes never look like one, nor do three
 * of up to 655 bytes; three of 32 KiB do in some 1 of 8,000 cases, and bytes that are all wrong in 1 of 16,000.
 *
 * Source: LevelDB 1.20, util/crc32c.h.
 */

/** What is added to a rotated checksum, so that a checksum of checksums tells something. */
const MASK = 0xa282ead8;

/** CRC-32C, with the bits of a byte from the lowest on. */
const POLYNOMIAL = 0x82f63b78;

/** What a byte makes of the register when none, one, ... seven more bytes follow it: eight bytes are one step then. */
const [AFTER_0, AFTER_1, AFTER_2, AFTER_3, AFTER_4, AFTER_5, AFTER_6, AFTER_7] = createTables();

/** The masked CRC-32C of bytes, as it stands in a file. Shape: any. */
export function maskedChecksum(bytes: Uint8Array): number {
  let crc = -1;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    crc ^=
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    crc =
      entryOf(AFTER_7, crc & 0xff) ^
      entryOf(AFTER_6, (crc >>> 8) & 0xff) ^
      entryOf(AFTER_5, (crc >>> 16) & 0xff) ^
      entryOf(AFTER_4, crc >>> 24) ^
      entryOf(AFTER_3, byteAt(bytes, at + 4)) ^
      entryOf(AFTER_2, byteAt(bytes, at + 5)) ^
      entryOf(AFTER_1, byteAt(bytes, at + 6)) ^
      entryOf(AFTER_0, byteAt(bytes, at + 7));
  }
  for (; at < bytes.length; at += 1) crc = entryOf(AFTER_0, (crc ^ byteAt(bytes, at)) & 0xff) ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + MASK) >>> 0;
}

/**
 * Finds each single bit, of the bytes or of their checksum, that makes both match when it is turned over. Bits are
 * numbered through the file: the lowest of byte 2 is 16. Shape: `bytes` from `from` to `to`, a u32 at `checksumAt`.
 */
export function findFlippedBits(bytes: Buffer, checksumAt: number, from: number, to: number): number[] {
  const stored = bytes.readUInt32LE(checksumAt);
  const computed = maskedChecksum(bytes.subarray(from, to));
  const flipped: number[] = [];
  const turned = (stored ^ computed) >>> 0;
  if (turned !== 0 && (turned & (turned - 1)) === 0) flipped.push(checksumAt * 8 + 31 - Math.clz32(turned));
  const difference = (unmask(stored) ^ unmask(computed)) >>> 0;
  let made = POLYNOMIAL;
  for (let bit = to * 8 - 1; bit >= from * 8; bit -= 1) {
    if (made === difference) {
      flipped.push(bit);
      break;
    }
    made = step(made);
  }
  return flipped;
}

type Eight<Item> = readonly [Item, Item, Item, Item, Item, Item, Item, Item];

function createTables(): Eight<Int32Array> {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = step(crc);
    return crc;
  });
  const tables = [first];
  while (tables.length < 8) {
    const last = tables.at(-1) ?? first;
    tables.push(Int32Array.from(last, (crc) => entryOf(first, crc & 0xff) ^ (crc >>> 8)));
  }
  return tables as unknown as Eight<Int32Array>;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function entryOf(table: Int32Array, byte: number): number {
  return table[byte] ?? 0;
}

/** The register after one bit more. */
function step(crc: number): number {
  return crc & 1 ? ((crc >>> 1) ^ POLYNOMIAL) >>> 0 : crc >>> 1;
}

function unmask(checksum: number): number {
  const rotated = (checksum - MASK) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}
