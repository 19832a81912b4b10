import { describe, expect, test } from "vitest";
import { type Doubt, describeDoubts } from "../../../src/filter/quality/words.ts";
import { seconds } from "../../../src/model/time.ts";

const STUCK: Doubt = { name: "pressure", reason: "stuck", verdict: "mark", lasting: seconds(420) };

describe("readings that are not believed, in a sentence", () => {
  test("are told with the keys that would have them believed", () => {
    expect(describeDoubts([STUCK, { ...STUCK, name: "flow" }])).toBe(
      "readings are not believed: pressure, without any change for too long, for 7 min (marked); flow, without any " +
        "change for too long, for 7 min (marked). Look at the sensor and its wiring; if the readings are right, give " +
        "`stuck_after` more room.",
    );
    const range: Doubt = { ...STUCK, reason: "out-of-range", verdict: "drop" };
    expect(describeDoubts([STUCK, range])).toMatch(/ right, give `stuck_after` and `range` more room\.$/u);
  });

  test("of which no key would have them believed are told without one", () => {
    expect(describeDoubts([{ ...STUCK, reason: "not-a-number", verdict: "drop" }])).toBe(
      "readings are not believed: pressure, not a number, for 7 min (dropped). Look at the sensor and its wiring.",
    );
  });

  test("are no more than three, with how many more there are", () => {
    expect(describeDoubts([STUCK, STUCK, STUCK, STUCK, STUCK])).toContain("(marked); and 2 more. Look at");
  });
});
