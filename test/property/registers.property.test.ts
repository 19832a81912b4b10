import fc from "fast-check";
import { expect, test } from "vitest";
import { shortestDecimal } from "../../src/decode/decimal.ts";
import { RegisterDecoder } from "../../src/decode/registers.ts";
import { scaleDecimal } from "../../src/decode/scale.ts";
import { BYTE_ORDERS, type ByteOrder, type PointType, WORD_ORDERS, type WordOrder } from "../../src/model/profile.ts";

const wordOrder = fc.constantFrom(...WORD_ORDERS);
const byteOrder = fc.constantFrom(...BYTE_ORDERS);

/** Lays out a value as a device would: the standard's order first, then registers and bytes are turned around. */
function encode(fill: (view: DataView) => void, bytes: number, words: WordOrder, order: ByteOrder): DataView {
  const standard = new DataView(new ArrayBuffer(bytes));
  fill(standard);
  const registers = Array.from({ length: bytes / 2 }, (_, index) => standard.getUint16(2 * index));
  if (words === "low-word-first") registers.reverse();
  const wire = new DataView(new ArrayBuffer(bytes));
  for (const [index, register] of registers.entries()) {
    const turned = order === "low-byte-first" ? ((register & 0xff) << 8) | (register >> 8) : register;
    wire.setUint16(2 * index, turned);
  }
  return wire;
}

function decode(type: PointType, words: WordOrder, order: ByteOrder, wire: DataView): number {
  return new RegisterDecoder({ type, wordOrder: words, byteOrder: order, sentinels: [] }).decode(wire, 0);
}

const safe = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
const cases = [
  ["int16", 2, fc.integer({ min: -32_768, max: 32_767 }), (view: DataView, value: number) => view.setInt16(0, value)],
  ["uint16", 2, fc.integer({ min: 0, max: 65_535 }), (view: DataView, value: number) => view.setUint16(0, value)],
  ["int32", 4, fc.integer(), (view: DataView, value: number) => view.setInt32(0, value)],
  ["uint32", 4, fc.nat({ max: 0xffff_ffff }), (view: DataView, value: number) => view.setUint32(0, value)],
  ["int64", 8, fc.integer(safe), (view: DataView, value: number) => view.setBigInt64(0, BigInt(value))],
  ["uint64", 8, fc.maxSafeNat(), (view: DataView, value: number) => view.setBigUint64(0, BigInt(value))],
  ["float64", 8, fc.double({ noNaN: true }), (view: DataView, value: number) => view.setFloat64(0, value)],
] as const;

test.each(cases)("decoding an encoded %s gives it back, in every order", (type, bytes, values, fill) => {
  fc.assert(
    fc.property(values, wordOrder, byteOrder, (value, words, order) => {
      expect(
        decode(
          type,
          words,
          order,
          encode((view) => fill(view, value), bytes, words, order),
        ),
      ).toBe(value);
    }),
  );
});

test("decoding an encoded float32 gives a decimal that is the same single, in every order", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true }), wordOrder, byteOrder, (value, words, order) => {
      const wire = encode((view) => view.setFloat32(0, value), 4, words, order);
      expect(Math.fround(decode("float32", words, order, wire))).toBe(value);
    }),
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
