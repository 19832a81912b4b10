import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SampleBatch, SampleBuilder } from "../../src/model/samples.ts";
import { sealRecord, startRecord } from "../../src/store/record.ts";
import { createContexts, RangeDecoder, RangeEncoder } from "../../src/store/sealed/range-coder.ts";
import { encodeSealed, openSealed } from "../../src/store/sealed/sealed-block.ts";
import { decodeStoredBlock } from "../../src/store/stored-block.ts";

const RECORD_HEADER_BYTES = 5;

/** Doubles of every kind a device or a bug may send, those that lie near each other among them. */
const doubles = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.integer({ min: -2_000, max: 2_000 }).map((whole) => whole / 10),
  fc.integer({ min: -2_000, max: 2_000 }).map((whole) => whole * 0.1),
  fc.integer({ min: -2_000, max: 2_000 }).map((whole) => Math.fround(whole * 0.1)),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => new Float64Array(BigUint64Array.of(bits).buffer)[0] ?? 0),
  fc.constantFrom(0, -0, 5e-324, 2 ** 48, 2 ** 48 + 2, -(2 ** 48), 2 ** 53, Number.MAX_VALUE, Number.NaN),
);

/** A column that keeps to one kind for a while, as series do. */
const columns = fc
  .array(fc.tuple(doubles, fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 0.1, 1, 1 / 3)), { maxLength: 12 })
  .map((runs) => runs.flatMap(([start, length, step]) => Array.from({ length }, (_, row) => start + row * step)));

const batches = fc
  .tuple(
    columns,
    columns,
    fc.array(fc.nat(255), { maxLength: 8 }),
    fc.array(fc.nat({ max: 0xffff_ffff }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.nat(5)),
  )
  .map(([values, moments, flags, ids, order]): SampleBatch => {
    const batch = new SampleBuilder();
    for (const [row, value] of [0, ...values].entries()) {
      const id = ids[(order[row % (order.length || 1)] ?? row) % ids.length] ?? 0;
      batch.push(id, moments[row % (moments.length || 1)] ?? row, value, flags[Math.floor(row / 9) % 8] ?? 0);
    }
    return batch;
  });

/** All columns as bytes in hex, for comparing them bit for bit. */
function bitsOf({ series, at, value, flags, count }: SampleBatch): string[] {
  return [series, at, value, flags].map((column) => Buffer.from(column.slice(0, count).buffer).toString("hex"));
}

describe("any batch", () => {
  test("comes back from a sealed block bit for bit and in order", () => {
    fc.assert(
      fc.property(batches, fc.nat(), fc.nat(1_000), (batch, first, epoch) => {
        const block = decodeStoredBlock(encodeSealed(first, epoch, batch), first);
        expect([block?.first, block?.epoch]).toEqual([first, epoch]);
        expect(block && bitsOf(block.batch)).toEqual(bitsOf(batch));
      }),
      { numRuns: 300 },
    );
  });

  test("gives each of its series alone as it gives them together", () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const block = openSealed(encodeSealed(0, 0, batch), 0);
        for (const { id } of block?.directory.series ?? []) {
          const rows = new SampleBuilder();
          for (let row = 0; row < batch.count; row += 1)
            if (batch.series[row] === id) rows.pushAll(batch, row, row + 1);
          const alone = block?.readSeries(id);
          expect(alone && bitsOf(alone)).toEqual(bitsOf(rows));
        }
      }),
    );
  });

  test("says of each of its series a span that holds all its moments", () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const { directory } = openSealed(encodeSealed(0, 0, batch), 0) ?? {};
        for (let row = 0; row < batch.count; row += 1) {
          const entry = directory?.series.find(({ id }) => id === batch.series[row]);
          const { minAt = Number.NaN, maxAt = Number.NaN } = directory?.moments[entry?.moments ?? -1] ?? {};
          const at = batch.at[row] ?? 0;
          expect(at < minAt || at > maxAt || Number.isNaN(minAt)).toBe(false);
        }
      }),
    );
  });
});

/** A record of our version with a right checksum, so that only what is inside can be wrong. */
function recordOf(payload: Uint8Array): Uint8Array {
  const writer = startRecord(2);
  writer.bytes(payload);
  return sealRecord(writer);
}

/** Opens a record and decodes everything in it. */
function readEverything(bytes: Uint8Array, first: number): void {
  const block = openSealed(bytes, first);
  const batch = block?.readAll();
  if (block !== undefined && batch !== undefined) expect(batch.count).toBe(block.directory.count);
  for (const { id } of block?.directory.series ?? []) expect(block?.readSeries(id)).toBeDefined();
}

describe("any bytes under a right checksum", () => {
  test("are decoded or refused, in no more room than their rows may take", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => readEverything(recordOf(payload), payload[0] ?? 0)),
      {
        numRuns: 1_000,
      },
    );
  });

  test("that differ from a block in a few places are decoded or refused", () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(batches, edits, fc.nat(), (batch, changes, cut) => {
        const payload = encodeSealed(5, 0, batch).slice(RECORD_HEADER_BYTES);
        for (const [place, byte] of changes) payload[place % payload.length] = byte;
        readEverything(recordOf(payload.subarray(0, payload.length - (cut % 8 === 0 ? cut % payload.length : 0))), 5);
      }),
      { numRuns: 400 },
    );
  });
});

describe("any bits", () => {
  const writes = fc.array(
    fc.oneof(
      fc.record({ width: fc.constant(0), value: fc.nat(1) }),
      fc.integer({ min: 1, max: 53 }).chain((width) =>
        fc.record({
          width: fc.constant(width),
          value: fc.maxSafeInteger().map((value) => Math.abs(value) % 2 ** width),
        }),
      ),
    ),
    { maxLength: 400 },
  );

  test("come back from the range coder, modelled or raw", () => {
    fc.assert(
      fc.property(writes, fc.nat(3), (all, contextBits) => {
        const coder = new RangeEncoder();
        const [one, other] = [createContexts(8), createContexts(8)];
        for (const [index, { width, value }] of all.entries()) {
          if (width === 0) coder.bit(one, index % 2 ** contextBits, value);
          else coder.raw(value, width);
        }
        const bytes = coder.finish();
        const decoder = new RangeDecoder(bytes, 0, bytes.length);
        const back = all.map(({ width }, index) =>
          width === 0 ? decoder.bit(other, index % 2 ** contextBits) : decoder.raw(width),
        );
        expect(back).toEqual(all.map(({ value }) => value));
      }),
      { numRuns: 1_000 },
    );
  });
});
