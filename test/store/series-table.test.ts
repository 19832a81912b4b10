import { describe, expect, test } from "vitest";
import type { Series } from "../../src/model/series.ts";
import { leadOf, summaryOf } from "../../src/model/thinning.ts";
import { decodeDefinition, encodeDefinition, SeriesTable } from "../../src/store/series-table.ts";

const GAUGE: Series = { metric: "pieces", tags: ["line:3"], kind: "gauge", unit: "" };
const COUNT: Series = { ...GAUGE, kind: "count", intervalS: 15 };

describe("the definition of a series", () => {
  test("that is cut short, or of a kind nobody knows, is none", () => {
    const bytes = encodeDefinition(COUNT);
    expect(decodeDefinition(bytes.subarray(0, bytes.length - 1))).toBeUndefined();
    expect(decodeDefinition(encodeDefinition({ ...GAUGE, kind: "sketch" as "gauge" }))).toBeUndefined();
  });

  test.each([GAUGE, COUNT, { ...GAUGE, kind: "count" } as const, { ...COUNT, intervalS: 86_400 }])(
    "comes back as it was written: %o",
    (series) => {
      expect(decodeDefinition(encodeDefinition(series))).toEqual(series);
    },
  );

  test("of a gauge is as long as before there were counts", () => {
    // Checksum, version, "pieces", one tag, "gauge", no unit: each text behind its length.
    expect(encodeDefinition(GAUGE).length).toBe(4 + 1 + 7 + 1 + 7 + 6 + 1);
  });
});

describe("the table of series", () => {
  test("tells a count from a gauge of the same name, and from a count of another interval", () => {
    const table = new SeriesTable();
    const ids = [GAUGE, COUNT, { ...COUNT, intervalS: 45 }, COUNT].map((series) => table.define(series));
    expect(ids).toEqual([0, 1, 2, 1]);
    expect(table.get(1)).toEqual(COUNT);
  });

  test("takes a count for a delta, whatever it is called", () => {
    const table = new SeriesTable();
    expect([GAUGE, COUNT].map((series) => table.courseOf(table.define(series)))).toEqual(["measurement", "delta"]);
  });

  test("tells what sums up a series, and how long what is odd of it had lasted, from it", () => {
    const table = new SeriesTable();
    expect(table.courseOf(table.define(summaryOf(GAUGE)))).toBe("summary");
    expect(table.courseOf(table.define(leadOf(GAUGE)))).toBe("lead");
  });
});
