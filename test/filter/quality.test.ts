import { describe, expect, test } from "vitest";
import { QualityFilter } from "../../src/filter/quality.ts";
import { SampleBuilder } from "../../src/model/samples.ts";
import { batchOf, rowsOf } from "../support/samples.ts";

function filtered(filter: QualityFilter, batch: ReturnType<typeof batchOf>) {
  const target = new SampleBuilder();
  const dropped = {};
  filter.pass(batch, target, dropped);
  return { rows: rowsOf(target), dropped };
}

describe("the quality filter", () => {
  test("drops what is not a finite number and counts it", () => {
    const batch = batchOf([1, 10, Number.NaN], [1, 11, Number.POSITIVE_INFINITY], [1, 12, 3]);
    expect(filtered(new QualityFilter(), batch)).toEqual({ rows: [[1, 12, 3, 0]], dropped: { "not-a-number": 2 } });
  });

  test("drops what lies outside the range of its own series only", () => {
    const filter = new QualityFilter();
    filter.setRange(1, [80, 300]);
    const batch = batchOf([1, 10, 79.9], [1, 11, 80], [1, 12, 300], [1, 13, 300.1], [2, 14, 9000]);
    expect(filtered(filter, batch)).toEqual({
      rows: [
        [1, 11, 80, 0],
        [1, 12, 300, 0],
        [2, 14, 9000, 0],
      ],
      dropped: { "out-of-range": 2 },
    });
  });

  test("passes flags on unchanged", () => {
    expect(filtered(new QualityFilter(), batchOf([3, 10, 1, 6])).rows).toEqual([[3, 10, 1, 6]]);
  });
});
