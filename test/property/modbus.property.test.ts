import fc from "fast-check";
import { expect, test } from "vitest";
import { MbapSplitter } from "../../src/decode/mbap.ts";
import { planReads } from "../../src/inputs/modbus/plan.ts";
import { POINT_TYPES, type Point, pointWidth, TABLES, type Table } from "../../src/model/profile.ts";
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

function isBitTable(table: Table): boolean {
  return table === "coil" || table === "discrete-input";
}

const point = fc
  .record({
    table: fc.constantFrom(...TABLES),
    address: fc.oneof(fc.nat({ max: 400 }), fc.nat({ max: 65_000 })),
    type: fc.constantFrom(...POINT_TYPES),
  })
  .map(({ table, address, type }): Point => {
    const bitOrType = isBitTable(table) ? "bit" : type;
    return {
      name: `${table}-${address}-${bitOrType}`,
      table,
      address,
      type: bitOrType,
      wordOrder: "high-word-first",
      byteOrder: "high-byte-first",
      scale: 1,
      offset: 0,
      sentinels: [],
      unit: "",
      metric: "",
      tags: [],
    };
  });

const profile = fc.record({
  points: fc.array(point, { maxLength: 120 }),
  maxRegisters: fc.integer({ min: 4, max: 200 }),
  maxGap: fc.integer({ min: 0, max: 8 }),
});

test("a plan reads every point once and whole, within the limits, and across no gap that is forbidden", () => {
  fc.assert(
    fc.property(profile, ({ points, maxRegisters, maxGap }) => {
      const blocks = planReads({ points, maxRegisters, maxGap });
      const planned = blocks.flatMap((block) => block.points).sort((left, right) => left - right);
      expect(planned).toEqual(points.map((_, index) => index));
      for (const { table, request, points: indexes } of blocks) {
        const wanted = new Set<number>();
        for (const index of indexes) {
          const { address, type, table: own } = points[index] as Point;
          expect(own).toBe(table);
          for (let place = 0; place < pointWidth(type); place += 1) wanted.add(address + place);
        }
        const end = request.address + request.count;
        expect(request.functionCode).toBe(TABLES.indexOf(table) + 1);
        expect(request.count).toBeLessThanOrEqual(isBitTable(table) ? 2000 : Math.min(maxRegisters, 125));
        expect(Math.min(...wanted)).toBe(request.address);
        expect(Math.max(...wanted)).toBe(end - 1);
        let gap = 0;
        for (let address = request.address; address < end; address += 1) {
          gap = wanted.has(address) ? 0 : gap + 1;
          expect(gap).toBeLessThanOrEqual(maxGap);
        }
      }
    }),
  );
});

test("a plan makes no request that could have been part of the one before", () => {
  fc.assert(
    fc.property(profile, ({ points, maxRegisters, maxGap }) => {
      const blocks = planReads({ points, maxRegisters, maxGap });
      for (const [index, block] of blocks.slice(1).entries()) {
        const before = blocks[index];
        if (before === undefined || before.table !== block.table) continue;
        const first = points[block.points[0] ?? 0] as Point;
        const isNear = block.request.address - (before.request.address + before.request.count) <= maxGap;
        const end = Math.max(before.request.address + before.request.count, first.address + pointWidth(first.type));
        const countMax = isBitTable(block.table) ? 2000 : Math.min(maxRegisters, 125);
        expect(isNear && end - before.request.address <= countMax).toBe(false);
      }
    }),
  );
});
