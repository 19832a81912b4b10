import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compressSnappy } from "../../../../src/forward/intakes/prometheus/snappy.ts";
import { fromHex } from "../../../support/hex.ts";
import { createSeededRandom } from "../../../support/seeded-random.ts";
import { decodeSnappy } from "../../../support/snappy-decoder.ts";

const TEXT = Buffer.from(`${"power_active_watts phase l1 power_active_watts phase l2 ".repeat(5)}${"x".repeat(100)}`);

/** Of `TEXT`, by python-snappy. */
const FOREIGN = fromHex(
  "fc026c706f7765725f6163746976655f7761747473207068617365206c3120661c0000326a1c00fe3800fe3800fe380009380078fe01008a0100",
);

function noise(length: number): Uint8Array {
  const random = createSeededRandom(3);
  return Uint8Array.from({ length }, () => Math.floor(random.next() * 256));
}

describe("Snappy", () => {
  test("is decoded by the decoder of these tests as others encode it", () => {
    expect(Buffer.from(decodeSnappy(FOREIGN))).toEqual(TEXT);
  });

  test("makes a text about as small as others do", () => {
    expect(compressSnappy(TEXT).length).toBeLessThanOrEqual(FOREIGN.length + 4);
  });

  test.each([0, 1, 3, 4, 15, 16, 17, 59, 60, 61, 64, 65, 67, 68, 69, 255, 256, 257, 65_535, 65_536, 65_537, 200_000])(
    "gives %i bytes back, be they alike or not",
    (length) => {
      for (const bytes of [new Uint8Array(length), noise(length), Buffer.alloc(length, "abcdefg")]) {
        expect(Buffer.compare(decodeSnappy(compressSnappy(bytes)), bytes)).toBe(0);
      }
    },
  );

  test("gives back whatever it was given", () => {
    const words = fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 6 });
    fc.assert(
      fc.property(words, fc.array(fc.nat(5), { maxLength: 400 }), (parts, order) => {
        const bytes = Buffer.concat(order.map((at) => parts[at] ?? new Uint8Array()));
        expect(Buffer.compare(decodeSnappy(compressSnappy(bytes)), bytes)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test("makes what cannot be compressed hardly longer", () => {
    expect(compressSnappy(noise(100_000)).length).toBeLessThan(100_100);
  });
});
