import { describe, expect, test } from "vitest";
import { RecentEnd } from "../../src/forward/recent-end.ts";
import { type MonotonicMillis, seconds } from "../../src/model/time.ts";

const at = (moment: number): MonotonicMillis => moment as MonotonicMillis;

describe("what came lately", () => {
  test("begins where the log was when this began, until a span is over", () => {
    const recent = new RecentEnd(seconds(10), at(0), 500);
    for (let second = 1; second <= 10; second += 1) recent.note(at(1000 * second), 500 + second);
    expect([recent.at(at(0)), recent.at(at(10_999)), recent.at(at(11_001))]).toEqual([500, 500, 501]);
  });

  test("leaves nothing behind that came in the millisecond of the flush before", () => {
    const recent = new RecentEnd(seconds(10), at(0), 0);
    recent.note(at(5_000), 40);
    recent.note(at(20_000), 100);
    expect([recent.at(at(30_000)), recent.at(at(30_001))]).toEqual([40, 100]);
  });

  test("costs a few marks, however often the log is written", () => {
    const recent = new RecentEnd(seconds(10), at(0), 0);
    for (let moment = 1; moment <= 60_000; moment += 1) recent.note(at(moment), moment);
    expect(recent.at(at(60_000))).toBeGreaterThan(49_000);
    expect(recent.at(at(60_000))).toBeLessThan(50_000);
  });
});
