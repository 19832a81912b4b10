import { describe, expect, test } from "vitest";
import { lastDelivered, openCursorState } from "../../src/store/cursor-state.ts";

const FRESH = openCursorState(0, { sampled: 0, dropped: {} });

describe("the end of what was delivered", () => {
  test("is 0 where nothing was", () => {
    expect(lastDelivered([FRESH])).toBe(0);
  });

  test("is that of the last second where an intake keeps seconds, and just after the last moment where it does not", () => {
    const ofSeconds = {
      ...FRESH,
      moments: new Map([
        [0, 5000],
        [1, 4000],
      ]),
    };
    const ofMillis = {
      ...FRESH,
      moments: new Map([
        [0, 5250],
        [1, 4000],
      ]),
    };
    expect(lastDelivered([ofSeconds])).toBe(6000);
    expect(lastDelivered([ofMillis])).toBe(5251);
    expect(lastDelivered([ofMillis, ofSeconds])).toBe(6000);
  });
});
