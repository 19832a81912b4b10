import { describe, expect, test } from "vitest";
import { addTallies, countDropped, EMPTY_TALLY } from "../../src/model/tally.ts";

describe("tallies", () => {
  test("add up by reason, and a reason without drops is absent", () => {
    const one = { sampled: 5, dropped: { "out-of-range": 2, "not-a-number": 0 } };
    const other = { sampled: 3, dropped: { "out-of-range": 1, backpressure: 1 } };
    expect(addTallies(one, other)).toEqual({ sampled: 8, dropped: { "out-of-range": 3, backpressure: 1 } });
  });

  test("are unchanged by an empty one", () => {
    const tally = { sampled: 2, dropped: { backpressure: 1 } };
    expect(addTallies(EMPTY_TALLY, tally)).toEqual(tally);
  });

  test("count drops of every reason", () => {
    expect(countDropped({ "out-of-range": 2, backpressure: 1 })).toBe(3);
    expect(countDropped({})).toBe(0);
  });
});
