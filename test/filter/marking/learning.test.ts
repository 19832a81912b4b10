import { describe, expect, test } from "vitest";
import { createDetector } from "../../../src/filter/detectors/create-detector.ts";
import { judgedTogether, LEARNING_SLOTS, Learning, learningCount } from "../../../src/filter/marking/learning.ts";
import { DETECTOR_KINDS } from "../../../src/model/filter.ts";

const HOUR = 3_600_000;

describe("how long values come for that are judged together", () => {
  test.each(DETECTOR_KINDS)("is what it takes %s at most to judge the next one", (kind) => {
    const detector = createDetector(kind, { learningSpan: 0, interval: 1000 });
    const lag = judgedTogether(kind);
    let at = 0;
    const take = (value: number): number => {
      detector.take(at, value);
      at += 1000;
      return detector.oddness;
    };
    for (let count = 0; count < 100_000; count += 1) take((count * 7) % 11);
    expect(detector.isLearning).toBe(false);
    const usual = detector.oddness;
    let waited = 0;
    while (take(1e6) === usual) waited += 1000;
    expect(waited).toBeLessThanOrEqual(lag);
    expect(waited > 0).toBe(lag > 0);
  });
});

describe("how long a detector learns still", () => {
  test("is what is left of its time, where values come often", () => {
    const learning = new Learning(new Float64Array(LEARNING_SLOTS));
    for (let at = 0; at <= 6 * HOUR; at += 10_000) learning.take(at);
    expect(learning.left("ensemble")).toBe(18 * HOUR);
  });

  test("is what is left of its values, where they come seldom", () => {
    const learning = new Learning(new Float64Array(LEARNING_SLOTS));
    for (let row = 0; row < 101; row += 1) learning.take(row * HOUR);
    expect(learning.left("basic")).toBe((learningCount("basic") - 101) * HOUR);
  });

  test("leaves out pauses", () => {
    const learning = new Learning(new Float64Array(LEARNING_SLOTS));
    for (let at = 0; at <= HOUR; at += 60_000) learning.take(at);
    for (let at = 500 * HOUR; at <= 501 * HOUR; at += 60_000) learning.take(at);
    expect(learning.left("ensemble")).toBe(22 * HOUR);
  });

  test.each(DETECTOR_KINDS)("is over about when %s says so", (kind) => {
    const detector = createDetector(kind, { interval: 60_000 });
    const learning = new Learning(new Float64Array(LEARNING_SLOTS));
    let worst = 0;
    let told = 0;
    let at = 0;
    for (; detector.isLearning; at += 60_000) {
      learning.take(at);
      detector.take(at, (at / 60_000) % 7);
      if (at === 30 * 60_000) told = at + learning.left(kind);
    }
    worst = Math.abs(told - at);
    expect(worst).toBeLessThan(0.1 * at);
  });
});
