import { describe, expect, test } from "vitest";
import { parseDelaySeconds, parseRetryAfter } from "../../src/forward/retry-after.ts";
import {
  FAILURE_COUNT_MAX,
  failuresAfterFailure,
  failuresAfterSuccess,
  knockDelay,
  retryDelay,
} from "../../src/forward/retry-schedule.ts";
import { seconds } from "../../src/model/time.ts";

describe("the wait before a retry", () => {
  test.each([
    [1, 2, 4],
    [2, 4, 8],
    [3, 8, 16],
    [4, 16, 32],
    [5, 32, 64],
    [6, 32, 64],
  ])("after failure %i is anything from %i to %i s", (failures, least, most) => {
    expect(retryDelay(failures, 0)).toBe(seconds(least));
    expect(retryDelay(failures, 0.5)).toBe(seconds((least + most) / 2));
    expect(retryDelay(failures, 0.999_999)).toBeCloseTo(seconds(most), -1);
  });

  test("is at least what the intake asked for, and never the same for everyone", () => {
    expect(retryDelay(1, 0, seconds(90))).toBe(seconds(90));
    expect(retryDelay(1, 0.5, seconds(90))).toBe(seconds(91));
  });

  test("is the backoff where the intake asked for less", () => {
    expect(retryDelay(5, 0, seconds(1))).toBe(seconds(32));
  });

  test("is ten minutes where the intake asked for a day", () => {
    expect(retryDelay(1, 0, seconds(86_400))).toBe(seconds(600));
  });
});

describe("the wait before a knock", () => {
  test("grows from half a minute to five minutes", () => {
    expect(knockDelay(1, 0)).toBe(seconds(30));
    expect(knockDelay(2, 0)).toBe(seconds(60));
    expect(knockDelay(FAILURE_COUNT_MAX, 0)).toBe(seconds(150));
    expect(knockDelay(FAILURE_COUNT_MAX, 0.999_999)).toBeCloseTo(seconds(300), -1);
  });
});

describe("the count of failures", () => {
  test("goes up by one to its limit, down by two to none", () => {
    expect(failuresAfterFailure(0)).toBe(1);
    expect(failuresAfterFailure(FAILURE_COUNT_MAX)).toBe(FAILURE_COUNT_MAX);
    expect(failuresAfterSuccess(5)).toBe(3);
    expect(failuresAfterSuccess(1)).toBe(0);
  });
});

describe("a Retry-After header", () => {
  const date = "Sun, 22 Nov 2026 06:00:00 GMT";

  test.each(["", "soon", "-5", "1.5", "99999999999"])("of %j is not understood", (text) => {
    expect(parseRetryAfter({ "retry-after": text })).toBeUndefined();
  });

  test("that is absent says nothing", () => {
    expect(parseRetryAfter({ date })).toBeUndefined();
  });

  test("may be seconds", () => {
    expect(parseRetryAfter({ "retry-after": "30" })).toBe(30_000);
    expect(parseDelaySeconds(" 30 ")).toBe(30_000);
  });

  test("may be a moment, by the clock of the intake", () => {
    expect(parseRetryAfter({ "retry-after": "Sun, 22 Nov 2026 06:02:00 GMT", date })).toBe(120_000);
  });

  test("of a moment that has passed means now", () => {
    expect(parseRetryAfter({ "retry-after": "Sun, 22 Nov 2026 05:00:00 GMT", date })).toBe(0);
  });

  test("of a moment says nothing without a Date to measure from", () => {
    expect(parseRetryAfter({ "retry-after": "Sun, 22 Nov 2026 06:02:00 GMT" })).toBeUndefined();
  });
});
