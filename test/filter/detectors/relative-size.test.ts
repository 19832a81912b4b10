import { describe, expect, test } from "vitest";
import { RelativeSize } from "../../../src/filter/detectors/relative-size.ts";
import { StateBlock } from "../../../src/filter/detectors/state-block.ts";

function feed(size: RelativeSize, count: number, next: (index: number) => number): number {
  let last = Number.NaN;
  for (let index = 0; index < count; index += 1) last = size.take(next(index), true);
  return last;
}

describe("the relative size", () => {
  test("is nearly nought for what is usual, and a logarithm of how much more there is", () => {
    const size = new RelativeSize(new StateBlock(1), "mean", { length: 10 });
    expect(feed(size, 500, () => 3)).toBeCloseTo(0, 1);
    expect(feed(size, 10, () => 30)).toBeCloseTo(Math.log(10), 0);
  });

  test("sees that a spread is gone, whatever the level", () => {
    const size = new RelativeSize(new StateBlock(1), "spread", { length: 24 });
    expect(feed(size, 500, (index) => 1000 + (index % 2))).toBeCloseTo(0, 1);
    expect(feed(size, 24, () => 1000)).toBeCloseTo(Math.log(0.02), 1);
  });

  test("gathers before it looks, and begins anew after a gap", () => {
    const size = new RelativeSize(new StateBlock(1), "spread", { length: 2, gather: 3 });
    expect(feed(size, 5, (index) => index)).toBeNaN();
    expect(size.take(6, true)).not.toBeNaN();
    expect(size.take(7, false)).toBeNaN();
    expect(feed(size, 4, (index) => index)).toBeNaN();
    expect(size.take(9, true)).not.toBeNaN();
  });

  test("knows nothing of what was never anything", () => {
    expect(feed(new RelativeSize(new StateBlock(1), "mean", { length: 10 }), 100, () => 0)).toBeNaN();
  });
});
