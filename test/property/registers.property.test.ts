import fc from "fast-check";
import { expect, test } from "vitest";
import { shortestDecimal } from "../../src/decode/decimal.ts";
import { type RegisterCoding, RegisterDecoder } from "../../src/decode/registers.ts";
import { scaleDecimal } from "../../src/decode/scale.ts";
import { type ByteOrder, POINT_TYPES, type PointType, pointWidth, type WordOrder } from "../../src/model/profile.ts";

/** The orders of bytes on the wire, A the most significant, and what a profile calls them. */
const ORDERS: Readonly<Record<string, readonly [WordOrder, ByteOrder]>> = {
  AB: ["high-word-first", "high-byte-first"],
  BA: ["high-word-first", "low-byte-first"],
  ABCD: ["high-word-first", "high-byte-first"],
  CDAB: ["low-word-first", "high-byte-first"],
  BADC: ["high-word-first", "low-byte-first"],
  DCBA: ["low-word-first", "low-byte-first"],
  ABCDEF: ["high-word-first", "high-byte-first"],
  EFCDAB: ["low-word-first", "high-byte-first"],
  BADCFE: ["high-word-first", "low-byte-first"],
  FEDCBA: ["low-word-first", "low-byte-first"],
  ABCDEFGH: ["high-word-first", "high-byte-first"],
  GHEFCDAB: ["low-word-first", "high-byte-first"],
  EFGHABCD: ["low-half-first", "high-byte-first"],
  CDABGHEF: ["low-word-first-in-halves", "high-byte-first"],
  BADCFEHG: ["high-word-first", "low-byte-first"],
  HGFEDCBA: ["low-word-first", "low-byte-first"],
  FEHGBADC: ["low-half-first", "low-byte-first"],
  DCBAHGFE: ["low-word-first-in-halves", "low-byte-first"],
};

/** Bytes from hexadecimal digits, the most significant first. */
function bytesOf(hex: string): number[] {
  return Array.from({ length: hex.length / 2 }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16));
}

/** The two's complement of a whole number in so many bytes. */
function twosComplement(byteCount: number): (value: number) => number[] {
  const range = 1n << BigInt(8 * byteCount);
  return (value) => bytesOf(((BigInt(value) + range) % range).toString(16).padStart(2 * byteCount, "0"));
}

function float(byteCount: 4 | 8): (value: number) => number[] {
  return (value) => {
    const view = new DataView(new ArrayBuffer(byteCount));
    if (byteCount === 4) view.setFloat32(0, value);
    else view.setFloat64(0, value);
    return [...new Uint8Array(view.buffer)];
  };
}

function bcd(digitCount: number): (value: number) => number[] {
  return (value) => bytesOf(String(value).padStart(digitCount, "0"));
}

function signMagnitude(byteCount: number): (value: number) => number[] {
  return (value) => {
    const [first = 0, ...others] = bytesOf(
      Math.abs(value)
        .toString(16)
        .padStart(2 * byteCount, "0"),
    );
    return [value < 0 ? first + 0x80 : first, ...others];
  };
}

/** Cuts the decimal digits into fours; each register has the sign of the whole. */
function tenThousands(registerCount: number): (value: number) => number[] {
  return (value) => {
    const digits = String(Math.abs(value)).padStart(4 * registerCount, "0");
    const fours = Array.from({ length: registerCount }, (_, index) => Number(digits.slice(4 * index, 4 * index + 4)));
    return fours.flatMap((four) => twosComplement(2)(value < 0 ? -four : four));
  };
}

/** Year, month, day, hour, minute, second and milliseconds as the calendar writes them. */
function calendarOf(seconds: number): number[] {
  return (new Date(seconds * 1000).toISOString().match(/\d+/g) ?? []).map(Number);
}

function iecDate(seconds: number): number[] {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0] = calendarOf(seconds);
  return [0, year - 2000, month, day, hour, minute, ...twosComplement(2)(1000 * second + millisecond)];
}

function dateBytes(seconds: number): number[] {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = calendarOf(seconds);
  return [month, day, year - 1900, hour, minute, second];
}

const safe = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
const magnitude = (max: number): fc.Arbitrary<number> => fc.integer({ min: -max, max });
const secondsOf = (from: string, to: string): fc.Arbitrary<number> =>
  fc.integer({ min: Date.parse(from) / 1000, max: Date.parse(to) / 1000 });

interface TypeCase {
  readonly values: fc.Arbitrary<number>;
  readonly encode: (value: number) => number[];
}

const CASES: Readonly<Record<Exclude<PointType, "bit" | "int8" | "uint8" | "float32-4q">, TypeCase>> = {
  int16: { values: fc.integer({ min: -32_768, max: 32_767 }), encode: twosComplement(2) },
  uint16: { values: fc.nat({ max: 65_535 }), encode: twosComplement(2) },
  int32: { values: fc.integer(), encode: twosComplement(4) },
  uint32: { values: fc.nat({ max: 0xffff_ffff }), encode: twosComplement(4) },
  int64: { values: fc.integer(safe), encode: twosComplement(8) },
  uint64: { values: fc.maxSafeNat(), encode: twosComplement(8) },
  float32: { values: fc.float({ noNaN: true }), encode: float(4) },
  float64: { values: fc.double({ noNaN: true }), encode: float(8) },
  bcd16: { values: fc.nat({ max: 9999 }), encode: bcd(4) },
  bcd32: { values: fc.nat({ max: 99_999_999 }), encode: bcd(8) },
  "sign-magnitude16": { values: magnitude(2 ** 15 - 1), encode: signMagnitude(2) },
  "sign-magnitude32": { values: magnitude(2 ** 31 - 1), encode: signMagnitude(4) },
  "uint32-m10k": { values: fc.nat({ max: 99_999_999 }), encode: tenThousands(2) },
  "uint48-m10k": { values: fc.nat({ max: 999_999_999_999 }), encode: tenThousands(3) },
  "uint64-m10k": { values: fc.maxSafeNat(), encode: tenThousands(4) },
  "int32-m10k": { values: magnitude(99_999_999), encode: tenThousands(2) },
  "int48-m10k": { values: magnitude(999_999_999_999), encode: tenThousands(3) },
  "int64-m10k": { values: fc.integer(safe), encode: tenThousands(4) },
  "date-iec": { values: secondsOf("2000-01-01", "2127-12-31"), encode: iecDate },
  "date-bytes": { values: secondsOf("1900-01-02", "2155-12-31"), encode: dateBytes },
};

function lettersOf(byteCount: number): string[] {
  return Object.keys(ORDERS).filter((letters) => letters.length === byteCount);
}

/** Lays out bytes, of which A is the first, in the order of the letters. */
function inOrder(letters: string, bytes: readonly number[]): DataView {
  const wire = Array.from(letters, (letter) => bytes[letter.charCodeAt(0) - "A".charCodeAt(0)] ?? 0);
  return new DataView(Uint8Array.from(wire).buffer);
}

function decode(type: PointType, letters: string, wire: DataView, own: Partial<RegisterCoding> = {}): number {
  const [wordOrder, byteOrder] = ORDERS[letters] ?? ["high-word-first", "high-byte-first"];
  return new RegisterDecoder({ type, wordOrder, byteOrder, sentinels: [], ...own }).decode(wire, 0);
}

const cases = Object.entries(CASES).flatMap(([type, { values, encode }]) =>
  lettersOf(2 * pointWidth(type as PointType)).map((letters) => ({ type: type as PointType, letters, values, encode })),
);

test.each(cases)(
  "decoding an encoded $type in the order $letters gives it back",
  ({ type, letters, values, encode }) => {
    fc.assert(
      fc.property(values, (value) => {
        const found = decode(type, letters, inOrder(letters, encode(value)));
        expect((type === "float32" ? Math.fround(found) : found) + 0).toBe(value + 0);
      }),
      { numRuns: 200 },
    );
  },
);

test("every type of the model has its orders drawn", () => {
  const drawn = new Set<string>(cases.map(({ type }) => type));
  expect(POINT_TYPES.filter((type) => !drawn.has(type))).toEqual(["int8", "uint8", "float32-4q", "bit"]);
  expect(lettersOf(4)).toHaveLength(4);
  expect(lettersOf(8)).toHaveLength(8);
});

test("either byte of a register and each of its bits are found in both orders", () => {
  fc.assert(
    fc.property(fc.nat({ max: 255 }), fc.nat({ max: 255 }), (high, low) => {
      for (const letters of ["AB", "BA"]) {
        const wire = inOrder(letters, [high, low]);
        expect(decode("uint8", letters, wire, { byte: "high" })).toBe(high);
        expect(decode("uint8", letters, wire)).toBe(low);
        expect(decode("int8", letters, wire, { byte: "high" })).toBe(high > 127 ? high - 256 : high);
        expect(decode("int8", letters, wire, { byte: "low" })).toBe(low > 127 ? low - 256 : low);
        const bits = Array.from({ length: 16 }, (_, bit) => decode("bit", letters, wire, { bit }));
        expect(bits.toReversed().join("")).toBe((256 * high + low).toString(2).padStart(16, "0"));
      }
    }),
  );
});

test("a power factor of four quadrants keeps its size and the sign of the active power", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1000 }),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(...lettersOf(4)),
      (thousandths, isReverse, isLeading, letters) => {
        const sign = isReverse ? -1 : 1;
        const told = sign * (isLeading ? (2000 - thousandths) / 1000 : thousandths / 1000);
        const found = decode("float32-4q", letters, inOrder(letters, float(4)(told)));
        expect(Math.abs(found)).toBeCloseTo(thousandths / 1000, 6);
        if (thousandths > 0) expect(Math.sign(found)).toBe(sign);
      },
    ),
  );
});

/** Types of which not every pattern of bits is a value. */
const patterns = [
  ["bcd16", (raw: number): boolean => /^\d+$/.test(raw.toString(16))],
  ["uint32-m10k", (raw: number): boolean => raw % 65_536 <= 9999],
  ["sign-magnitude16", (): boolean => true],
] as const;

test.each(patterns)("of the bit patterns of a %s exactly those are numbers that stand for one", (type, isValue) => {
  fc.assert(
    fc.property(fc.nat({ max: 0xffff_ffff }), (bits) => {
      const raw = pointWidth(type) === 1 ? bits % 65_536 : bits;
      const hex = raw.toString(16).padStart(4 * pointWidth(type), "0");
      const found = decode(type, "AB", new DataView(Uint8Array.from(bytesOf(hex)).buffer));
      expect(Number.isFinite(found)).toBe(isValue(raw));
    }),
    { numRuns: 1000 },
  );
});

/** Bits rather than values are drawn, so that every exponent is as likely as any other. */
const single = fc.nat({ max: 0xffff_ffff }).map((bits) => {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits);
  return view.getFloat32(0);
});

test("no single has a shorter decimal than the one found", () => {
  fc.assert(
    fc.property(single, (value) => {
      fc.pre(Number.isFinite(value) && value !== 0);
      const found = shortestDecimal(value);
      expect(Math.fround(found)).toBe(value);
      const digits = (text: string): number =>
        text.replace(/e.*/, "").replaceAll(/[-.]/g, "").replace(/0+$/, "").length;
      const foundDigits = digits(found.toExponential());
      for (let fewer = 1; fewer < foundDigits; fewer += 1) {
        expect(Math.fround(Number(value.toPrecision(fewer)))).not.toBe(value);
      }
    }),
    { numRuns: 2000 },
  );
});

test("a whole number times a power of ten is the decimal written out", () => {
  fc.assert(
    fc.property(fc.integer(safe), fc.integer({ min: -9, max: 0 }), (value, exponent) => {
      expect(scaleDecimal(value, Number(`1e${exponent}`))).toBe(Number(`${value}e${exponent}`));
    }),
  );
});

test("a decimal times a decimal is the decimal a person gets on paper", () => {
  const decimal = fc.tuple(fc.integer({ min: -9_999_999, max: 9_999_999 }), fc.integer({ min: 0, max: 6 }));
  fc.assert(
    fc.property(decimal, decimal, ([left, leftDecimals], [right, rightDecimals]) => {
      fc.pre(right !== 0);
      const onPaper = Number(`${BigInt(left) * BigInt(right)}e-${leftDecimals + rightDecimals}`);
      const found = scaleDecimal(Number(`${left}e-${leftDecimals}`), Number(`${right}e-${rightDecimals}`));
      expect(found + 0).toBe(onPaper + 0);
    }),
    { numRuns: 1000 },
  );
});
