import fc from "fast-check";
import { expect, test } from "vitest";
import { MbapSplitter } from "../../src/decode/mbap.ts";
import { toHex } from "../support/hex.ts";
import { toMbap } from "../support/wire-exchange.ts";

const frames = fc.array(
  fc.record({
    transactionId: fc.nat({ max: 0xffff }),
    unit: fc.nat({ max: 255 }),
    pdu: fc.uint8Array({ minLength: 1, maxLength: 253 }),
  }),
  { maxLength: 5 },
);

test("any chunking of a byte stream gives the same frames", () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (sent, sizes) => {
      const stream = Uint8Array.from(sent.flatMap((frame) => [...toMbap(frame.transactionId, frame)]));
      const splitter = new MbapSplitter();
      const found: string[] = [];
      let start = 0;
      for (let turn = 0; start < stream.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        splitter.push(stream.subarray(start, start + size), ({ transactionId, unit, pdu }) =>
          found.push(`${transactionId} ${unit} ${toHex(pdu)}`),
        );
        start += size;
      }
      expect(found).toEqual(sent.map(({ transactionId, unit, pdu }) => `${transactionId} ${unit} ${toHex(pdu)}`));
      expect(splitter.isInsideFrame).toBe(false);
    }),
  );
});

test("whatever bytes follow, a splitter gives frames or ends the stream, and holds no more than a frame", () => {
  const tail = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.uint8Array({ maxLength: 250 }).map((bytes) => Uint8Array.of(0, 7, 0, 0, 0, 254, ...bytes)),
  );
  fc.assert(
    fc.property(frames, tail, (sent, garbage) => {
      const stream = sent.flatMap((frame) => [...toMbap(frame.transactionId, frame)]);
      const bytes = Uint8Array.from([...stream, ...garbage]);
      const splitter = new MbapSplitter();
      let framedBytes = 0;
      try {
        splitter.push(bytes, ({ pdu }) => {
          framedBytes += 7 + pdu.length;
        });
      } catch (error) {
        expect(error).toMatchObject({ code: "INPUT_BAD_REPLY" });
        expect(framedBytes).toBeGreaterThanOrEqual(stream.length);
        return;
      }
      expect(bytes.length - framedBytes).toBeLessThan(260);
      expect(splitter.isInsideFrame).toBe(bytes.length > framedBytes);
    }),
    { numRuns: 300 },
  );
});
