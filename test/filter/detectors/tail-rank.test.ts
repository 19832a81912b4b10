import { describe, expect, test } from "vitest";
import { StateBlock } from "../../../src/filter/detectors/state-block.ts";
import { TailRank } from "../../../src/filter/detectors/tail-rank.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { drawNormal } from "./ordinary-signals.ts";

function createRank(): TailRank {
  return new TailRank(new StateBlock(1), 1);
}

/** Lets a rank learn normal values, and gives it. */
function learn(count: number, mean = 0, spread = 1): TailRank {
  const rank = createRank();
  const random = createSeededRandom(2);
  for (let index = 0; index < count; index += 1) rank.take(mean + spread * drawNormal(random), 5000);
  return rank;
}

describe("the rank of a number", () => {
  test("tells the chance of one so far out on either side", () => {
    for (const [x, chance] of [
      [0, 1],
      [1, 0.317],
      [-1, 0.317],
      [2, 0.0455],
      [-2, 0.0455],
      [3, 0.0027],
    ] as const) {
      const surprise = learn(20_000).take(x, 5000);
      expect(Math.abs(surprise + Math.log10(chance))).toBeLessThan(0.35);
    }
  });

  test("tells parts of what was learned, whatever its middle and spread", () => {
    for (const [mean, spread] of [
      [0, 1],
      [1e6, 1],
      [-4e-7, 1e-9],
      [1e200, 1e198],
    ] as const) {
      const rank = learn(5000, mean, spread);
      expect((rank.quantile(0.5) - mean) / spread).toBeCloseTo(0, 0);
      expect((rank.quantile(0.977) - rank.quantile(0.023)) / spread).toBeGreaterThan(3.4);
      expect((rank.quantile(0.977) - rank.quantile(0.023)) / spread).toBeLessThan(4.6);
    }
  });

  test("follows when the spread grows a thousandfold, or the middle moves far away", () => {
    for (const [mean, spread] of [
      [0, 1000],
      [1e7, 1],
    ] as const) {
      const rank = learn(2000);
      const random = createSeededRandom(3);
      for (let index = 0; index < 40_000; index += 1) rank.take(mean + spread * drawNormal(random), 2000);
      expect((rank.quantile(0.5) - mean) / spread).toBeCloseTo(0, 0);
      expect(rank.take(mean + spread, 2000)).toBeLessThan(1);
      expect(rank.take(mean + 12 * spread, 2000)).toBeGreaterThan(3);
    }
  });

  test("gets used to what comes seldom and far out beside what hardly moves", () => {
    const rank = createRank();
    const random = createSeededRandom(4);
    let surprise = 0;
    for (let index = 0; index < 30_000; index += 1) {
      const isSeldom = index > 100 && random.next() < 0.005;
      const next = rank.take(isSeldom ? 50 + 5 * drawNormal(random) : -3.9 + 1e-8 * drawNormal(random), 5000);
      if (isSeldom && index > 5000) surprise = Math.max(surprise, next);
    }
    expect(surprise).toBeLessThan(5);
  });
});
