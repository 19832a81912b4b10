import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Eavesdropper } from "../../src/decode/overheard.ts";
import { fromHex } from "../support/hex.ts";
import { toRtu } from "../support/wire-exchange.ts";

function frameOf(unit: number, hex: string): Uint8Array {
  return toRtu({ unit, pdu: fromHex(hex) });
}

function hear(...parts: readonly Uint8Array[]) {
  const ear = new Eavesdropper();
  const frames = parts.flatMap((part) => ear.push(part));
  return { ear, words: frames.map(({ unit, functionCode, kind }) => `${unit} ${functionCode} ${kind}`), frames };
}

describe("what is heard between others", () => {
  test("is noise where no checksum holds", () => {
    const { words, ear } = hear(Uint8Array.from({ length: 600 }, (_, index) => (index * 37) % 251));
    expect(words).toEqual([]);
    expect(ear.noiseByteCount).toBe(600);
  });

  test("is told apart as request, answer and refusal", () => {
    const { words, frames, ear } = hear(
      frameOf(1, "03 0010 0002"),
      frameOf(1, "03 04 00010002"),
      frameOf(2, "04 0000 0001"),
      frameOf(2, "84 02"),
      frameOf(3, "10 0005 0002 04 00010002"),
      frameOf(3, "10 0005 0002"),
      frameOf(4, "06 0007 0001"),
      frameOf(4, "06 0007 0001"),
    );
    expect(words).toEqual([
      ...["1 3 request", "1 3 answer", "2 4 request", "2 4 exception"],
      ...["3 16 request", "3 16 answer", "4 6 request", "4 6 answer"],
    ]);
    expect(frames[0]).toMatchObject({ address: 0x10, count: 2 });
    expect(ear.noiseByteCount).toBe(0);
  });

  test("is found in whatever pieces and among whatever noise it comes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 247 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        (noise, units, size) => {
          const frames = units.map((unit) => frameOf(unit, "03 0010 0002"));
          const bytes = Uint8Array.from([...noise, ...frames.flatMap((frame) => [...frame])]);
          const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
            bytes.slice(index * size, (index + 1) * size),
          );
          const heard = hear(...parts).frames.map(({ unit }) => unit);
          // Noise may by chance be the beginning of a longer frame, whose checksum then does not hold.
          expect(heard.slice(-units.length)).toEqual(units);
        },
      ),
    );
  });

  test("takes no more memory however long it goes on", () => {
    const ear = new Eavesdropper();
    for (let round = 0; round < 1000; round += 1) ear.push(new Uint8Array(100).fill(1));
    expect(ear.push(frameOf(9, "04 0000 0001"))).toHaveLength(1);
    expect(ear.byteCount).toBe(100_008);
  });
});
