import { describe, expect, test } from "vitest";
import { RecentSize } from "../../../src/filter/detectors/recent-size.ts";
import { StateBlock } from "../../../src/filter/detectors/state-block.ts";

function feed(size: RecentSize, count: number, next: (index: number) => number): number {
  let last = Number.NaN;
  for (let index = 0; index < count; index += 1) last = size.take(next(index), true);
  return last;
}

describe("the recent size", () => {
  test("is the mean of the last numbers, and of those alone", () => {
    const size = new RecentSize(new StateBlock(1), "mean", { length: 10 });
    expect(feed(size, 9, () => 3)).toBeNaN();
    expect(feed(size, 500, () => 3)).toBeCloseTo(3, 9);
    expect(feed(size, 5, () => 30)).toBeCloseTo(16.5, 9);
    expect(feed(size, 5, () => 30)).toBeCloseTo(30, 9);
  });

  test("is how far they spread, whatever the level", () => {
    const size = new RecentSize(new StateBlock(1), "spread", { length: 24 });
    expect(feed(size, 500, (index) => 1000 + (index % 2))).toBeCloseTo(0.5, 9);
    expect(feed(size, 24, () => 1000)).toBeCloseTo(0, 9);
  });

  test("gathers before it looks, and begins anew after a gap", () => {
    const size = new RecentSize(new StateBlock(1), "spread", { length: 2, gather: 3 });
    expect(feed(size, 5, (index) => index)).toBeNaN();
    expect(size.take(6, true)).not.toBeNaN();
    expect(size.take(7, false)).toBeNaN();
    expect(feed(size, 4, (index) => index)).toBeNaN();
    expect(size.take(9, true)).not.toBeNaN();
  });
});
