import { describe, expect, test } from "vitest";
import { computeChecksum, holdsChecksum } from "../../../src/decode/frames/checksum.ts";
import type { ChecksumRule, ChecksumType } from "../../../src/model/serial-profile.ts";

const nine = Buffer.from("123456789");

function ruled(rule: Partial<ChecksumRule>): ChecksumRule {
  return { type: "xor8", from: 0, to: -1, at: -1, spelling: "raw", order: "high-byte-first", ...rule };
}

function holds(rule: Partial<ChecksumRule>, bytes: Uint8Array): boolean {
  return holdsChecksum(ruled(rule), bytes, 0, bytes.length);
}

describe("a checksum", () => {
  /** Source: the check values of the Catalogue of parametrised CRC algorithms; the sums are 477 = 0x1dd by hand. */
  test.each<[ChecksumType, number]>([
    ["crc16-modbus", 0x4b37],
    ["crc16-arc", 0xbb3d],
    ["crc16-kermit", 0x2189],
    ["crc16-x25", 0x906e],
    ["crc16-ccitt-false", 0x29b1],
    ["crc16-xmodem", 0x31c3],
    ["xor8", 0x31],
    ["sum8", 0xdd],
    ["sum16", 0x1dd],
    ["lrc", 0x23],
    ["negated-sum7", 0x23],
  ])("%s of 123456789 is what its catalogue says", (type, value) => {
    expect(computeChecksum(type, nine, 0, nine.length)).toBe(value);
  });

  test("counts only the bytes of its frame, wherever that lies", () => {
    const bytes = Buffer.from("xx123456789xx");
    expect(computeChecksum("sum16", bytes, 2, 11)).toBe(0x1dd);
    const framed = Uint8Array.of(9, 9, 1, 2, 3, 9);
    expect(holdsChecksum(ruled({}), framed, 2, 5)).toBe(true);
    expect(holdsChecksum(ruled({}), framed, 2, 6)).toBe(false);
  });

  test("may have either byte first", () => {
    const high = Uint8Array.of(...nine, 0x4b, 0x37);
    const low = Uint8Array.of(...nine, 0x37, 0x4b);
    const rule = { type: "crc16-modbus", at: -2, to: -2 } as const;
    expect([holds(rule, high), holds(rule, low)]).toEqual([true, false]);
    const turned = { ...rule, order: "low-byte-first" } as const;
    expect([holds(turned, high), holds(turned, low)]).toEqual([false, true]);
  });

  test("may be spelled in digits of either case, and in nothing else", () => {
    const rule = { type: "sum8", at: -2, to: -2, spelling: "hex" } as const;
    const spelled = (text: string): boolean => holds(rule, Buffer.from(`123456789${text}`));
    expect(["DD", "dd", "Dd", "D ", "GG", "DE", "-3"].map(spelled)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(holds({ ...rule, type: "sum16", at: -4, to: -4 }, Buffer.from("12345678901DD"))).toBe(true);
  });

  test("holds in no frame that is too short for it", () => {
    expect(holds({ at: -2, to: -2, type: "crc16-modbus" }, Uint8Array.of(0))).toBe(false);
    expect(holds({ from: 3, to: -1 }, Uint8Array.of(1, 1))).toBe(false);
    expect(holds({ at: 8, from: 2, to: 8 }, new Uint8Array(4))).toBe(false);
  });
});
