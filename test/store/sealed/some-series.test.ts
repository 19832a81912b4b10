import { expect, test } from "vitest";
import { SampleBuilder } from "../../../src/model/samples.ts";
import { LEVEL_SEALED } from "../../../src/store/block-index.ts";
import { decodeStoredBlock, decodeStoredSome, encodeStoredBlock } from "../../../src/store/stored-block.ts";
import { rowsOf } from "../../support/samples.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";

/** Rows of twelve series in no order, as polls of many machines come. */
function drawBatch(count: number): SampleBuilder {
  const random = createSeededRandom(count);
  const batch = new SampleBuilder(count);
  for (let row = 0; row < count; row += 1) {
    const id = Math.floor(random.next() * 12);
    batch.push(id, 1_770_000_000_000 + row * 7, Math.round(random.next() * 100) / 10, random.next() < 0.1 ? 4 : 0);
  }
  return batch;
}

test.each([
  ["sealed", LEVEL_SEALED, undefined],
  ["thinned", LEVEL_SEALED + 1, Uint32Array.from({ length: 500 }, (_, row) => row * 3)],
])("of a block that is %s, some series are what they are among all, row by row", (_form, level, offsets) => {
  const batch = drawBatch(500);
  const span = offsets === undefined ? 500 : 1_500;
  const block = { first: 40, span, epoch: 2, batch, ...(offsets === undefined ? {} : { offsets }) };
  const bytes = encodeStoredBlock(block, level);
  const all = decodeStoredBlock(bytes, 40);
  const placed = rowsOf(all?.batch ?? drawBatch(0)).map((row, index) => [all?.offsets?.[index] ?? index, ...row]);
  for (const wanted of [new Set([3]), new Set([0, 7, 11]), new Set([99])]) {
    const some = decodeStoredSome(bytes, 40, wanted);
    const found = rowsOf(some?.batch ?? drawBatch(0)).map((row, index) => [some?.offsets?.[index], ...row]);
    expect(found).toEqual(placed.filter(([, id]) => wanted.has(id ?? -1)));
    expect(some).toMatchObject({ first: 40, span, epoch: 2 });
  }
});
