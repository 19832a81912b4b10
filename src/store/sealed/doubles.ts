/** Doubles as whole numbers: as decimals where they are decimals, and otherwise as their bits in order of size. */

/** The most decimals that are looked for. */
export const DECIMALS_MAX = 12;

/** How far a double may be from the nearest decimal, in steps to the next double, and still be told by it. */
export const STEPS_MAX = 7;

/** Bits of a double beside its sign: so many can be low bits that are shifted out. */
export const SHIFT_MAX = 63;

/** With fewer low bits shifted out, what is left is no exact whole number. */
export const SHIFT_MIN = 15;

/** Written out, because engines have been known to round a computed power otherwise. */
const POWERS_OF_TEN = Float64Array.of(1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12);

const DOUBLE = new Float64Array(1);

/** The two halves of `DOUBLE`, the low one first: every machine that runs this is little-endian. */
const WORDS = new Uint32Array(DOUBLE.buffer);

/** The nearest whole number of 10^-decimals, never minus zero. */
export function toDecimal(value: number, decimals: number): number {
  return Math.round(value * (POWERS_OF_TEN[decimals] ?? 1)) + 0;
}

/** The double nearest to a whole number of 10^-decimals. */
export function fromDecimal(whole: number, decimals: number): number {
  return whole / (POWERS_OF_TEN[decimals] ?? 1);
}

/** How many steps from one double to the next lie between `from` and `to`; not-a-number where they are far apart. */
export function stepsBetween(from: number, to: number): number {
  if (from === to) return Object.is(from, to) ? 0 : Number.NaN;
  DOUBLE[0] = from;
  const low = WORDS[0] ?? 0;
  const high = WORDS[1] ?? 0;
  DOUBLE[0] = to;
  const toLow = WORDS[0] ?? 0;
  const toHigh = WORDS[1] ?? 0;
  if ((toHigh ^ high) >>> 31 !== 0 || to === 0) return Number.NaN;
  const steps = (toHigh - high) * 4_294_967_296 + (toLow - low);
  return steps <= STEPS_MAX && steps >= -STEPS_MAX ? steps : Number.NaN;
}

/** The double that lies some steps from another, away from zero. */
export function stepFrom(from: number, steps: number): number {
  DOUBLE[0] = from;
  const low = (WORDS[0] ?? 0) + steps;
  WORDS[0] = low;
  if (low < 0) WORDS[1] = (WORDS[1] ?? 0) - 1;
  else if (low >= 4_294_967_296) WORDS[1] = (WORDS[1] ?? 0) + 1;
  return DOUBLE[0] ?? 0;
}

/** The bits of a double above its low ones, as a whole number that grows with it. Limits: a shift of 15 to 63. */
export function toOrdered(low: number, high: number, shift: number): number {
  const size = high & 0x7fff_ffff;
  const top = shift < 32 ? size * 2 ** (32 - shift) + (low >>> shift) : size >>> (shift - 32);
  return high >>> 31 === 0 ? top : -1 - top;
}

/** The high half of the double behind an ordered number. */
export function highOfOrdered(ordered: number, shift: number): number {
  const top = ordered < 0 ? -1 - ordered : ordered;
  const size = shift < 32 ? Math.floor(top / 2 ** (32 - shift)) : top * 2 ** (shift - 32);
  return ((size & 0x7fff_ffff) | (ordered < 0 ? 0x8000_0000 : 0)) >>> 0;
}

/** The low half of the double behind an ordered number, without the bits below `shift`. */
export function lowOfOrdered(ordered: number, shift: number): number {
  if (shift >= 32) return 0;
  const top = ordered < 0 ? -1 - ordered : ordered;
  return (top * 2 ** shift) >>> 0;
}

/** How many low bits are zero in every double. Shape: halves, the low one first. */
export function commonZeroBits(words: Uint32Array): number {
  let low = 0;
  let high = 0;
  for (let place = 0; place < words.length; place += 2) {
    low |= words[place] ?? 0;
    high |= words[place + 1] ?? 0;
  }
  if (low !== 0) return 31 - Math.clz32(low & -low);
  const size = high & 0x7fff_ffff;
  return size === 0 ? SHIFT_MAX : 63 - Math.clz32(size & -size);
}
