import { describe, expect, test } from "vitest";
import { lastDelivered, moveRejected, openCursorState } from "../../src/store/cursor-state.ts";

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

describe("refused samples that are counted anew", () => {
  const refused = { ...FRESH, counts: { ...FRESH.counts, rejected: 3 } };

  test("leave what is rejected for what became of them", () => {
    const { counts } = moveRejected(refused, 1, 1);
    expect(counts).toMatchObject({ rejected: 1, delivered: 1, collapsed: 1 });
  });

  test("are never more than were counted: a cursor may have begun anew since", () => {
    expect(moveRejected(refused, 2, 5).counts).toMatchObject({ rejected: 0, delivered: 2, collapsed: 1 });
    expect(moveRejected(FRESH, 2, 1).counts).toEqual(FRESH.counts);
  });
});
