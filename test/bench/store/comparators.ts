/** What the sealed block is measured against: the usual transforms of a column of doubles, under `zstd -19`. */

import { constants, zstdCompressSync } from "node:zlib";

/** Decimals tried for whole numbers; beyond 15 a double has no more to give. */
const DECIMALS_MAX = 15;

/** The size under `zstd -19`. Shape: any bytes. */
export function zstdSize(bytes: Uint8Array, level = 19): number {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } }).length;
}

/** Each double exclusive-or the one before, eight bytes a row. */
export function xorOfDoubles(values: Float64Array): Uint8Array {
  const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length);
  const result = new BigUint64Array(values.length);
  let before = 0n;
  for (const [row, current] of bits.entries()) {
    result[row] = current ^ before;
    before = current;
  }
  return new Uint8Array(result.buffer);
}

/** The first byte of every double, then the second of every double, and so on. Shape: a multiple of 8 bytes. */
export function transposed(bytes: Uint8Array): Uint8Array {
  const count = bytes.length / 8;
  const result = new Uint8Array(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) {
    result[(index % 8) * count + Math.floor(index / 8)] = bytes[index] ?? 0;
  }
  return result;
}

/** Differences of whole numbers of 10^-d as zigzag varints; undefined where no d gives every bit back. */
export function deltasOfDecimals(values: Float64Array): Uint8Array | undefined {
  for (let decimals = 0; decimals <= DECIMALS_MAX; decimals += 1) {
    const power = 10 ** decimals;
    const isExact = values.every((value) => {
      const whole = Math.round(value * power);
      return Number.isSafeInteger(whole) && Object.is(whole / power, value);
    });
    if (isExact) return zigzagVarints(values.map((value) => Math.round(value * power)));
  }
  return undefined;
}

function zigzagVarints(wholes: Float64Array): Uint8Array {
  const bytes: number[] = [];
  let before = 0n;
  for (const whole of wholes) {
    const current = BigInt(whole);
    const delta = current - before;
    before = current;
    let rest = delta < 0n ? -2n * delta - 1n : 2n * delta;
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
  }
  return Uint8Array.from(bytes);
}

/** Bytes that each transform takes under `zstd -19`. */
export interface ComparatorSizes {
  readonly xor: number;
  readonly transposed: number;
  readonly decimals: number | undefined;
  readonly smallest: number;
}

/** Measures the three transforms on one column. */
export function measureComparators(values: Float64Array): ComparatorSizes {
  const plain = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const deltas = deltasOfDecimals(values);
  const sizes = {
    xor: zstdSize(xorOfDoubles(values)),
    transposed: zstdSize(transposed(plain)),
    decimals: deltas === undefined ? undefined : zstdSize(deltas),
  };
  return { ...sizes, smallest: Math.min(sizes.xor, sizes.transposed, sizes.decimals ?? Number.POSITIVE_INFINITY) };
}
