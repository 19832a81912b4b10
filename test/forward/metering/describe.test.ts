import { expect, test } from "vitest";
import { describeMetering } from "../../../src/forward/metering/describe.ts";
import { EVERYTHING, LADDER, type Plan } from "../../../src/forward/metering/plan.ts";

const NOW = Date.parse("2026-11-22T12:00Z");
const FIGURES = {
  day_bytes: 3_120_000,
  day_bytes_max: 5_000_000,
  month_bytes: 31_000_000,
  month_bytes_max: 50_000_000,
  opens_in_ms: null,
};
const NO_BUDGET = { day_bytes: null, day_bytes_max: null, month_bytes: null, month_bytes_max: null, opens_in_ms: null };

const planWith = (spanMs: number): Plan =>
  LADDER.find(({ of }) => of.analog.kind === "every" && of.analog.span === spanMs) ?? EVERYTHING;

test("says what was used, and what goes less often for it", () => {
  const facts = { plan: planWith(60_000), isUsedUp: false, now: NOW };
  const use = "used 3.1 of 5 MB today, 31 of 50 MB this month";
  expect(describeMetering(FIGURES, facts)).toBe(`${use}; analog readings go once a minute, so that it lasts`);
  expect(describeMetering(FIGURES, { ...facts, plan: EVERYTHING })).toBe(use);
});

test("says until when nothing goes, and why", () => {
  const facts = { plan: EVERYTHING, isUsedUp: false, now: NOW };
  const closed = { ...NO_BUDGET, opens_in_ms: 6 * 3_600_000 };
  expect(describeMetering(closed, facts)).toBe("nothing goes until 2026-11-22 18:00 UTC");
  expect(
    describeMetering({ ...FIGURES, month_bytes_max: null, opens_in_ms: 12 * 3_600_000 }, { ...facts, isUsedUp: true }),
  ).toBe("used 3.1 of 5 MB today; the budget is used up, and everything waits until 2026-11-23 00:00 UTC");
  expect(describeMetering(NO_BUDGET, facts)).toBe("");
});
