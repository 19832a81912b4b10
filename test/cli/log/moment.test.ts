import { describe, expect, test } from "vitest";
import { joinAgo, parseMoment } from "../../../src/cli/log/moment.ts";

const NOW = Date.UTC(2026, 10, 22, 6);

describe("a moment on the command line", () => {
  test.each(["", "yesterday", "1", "-1", "-1w", "2026-13-01", "2026-11-21T25:00", "12:00"])("%s is refused", (text) => {
    expect(() => parseMoment(text, NOW)).toThrow("expected a moment as");
  });

  test.each([
    ["now", NOW],
    ["-90s", NOW - 90_000],
    ["-1.5h", NOW - 5_400_000],
    ["-2d", NOW - 172_800_000],
    ["2026-11-21", Date.UTC(2026, 10, 21)],
    ["2026-11-21T10:00", Date.UTC(2026, 10, 21, 10)],
    ["2026-11-21 10:00:01.5", Date.UTC(2026, 10, 21, 10, 0, 1, 500)],
    ["2026-11-21T10:00:00Z", Date.UTC(2026, 10, 21, 10)],
    ["2026-11-21T10:00:00+01:00", Date.UTC(2026, 10, 21, 9)],
  ])("%s is read", (text, at) => {
    expect(parseMoment(text, NOW)).toBe(at);
  });

  test("that begins with a dash is no option", () => {
    expect(joinAgo(["export", "--from", "-1h", "--to", "-5m", "--series", "-1"])).toEqual([
      "export",
      "--from=-1h",
      "--to=-5m",
      "--series",
      "-1",
    ]);
  });
});
