import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CheckReport } from "../../src/platform/check-report.ts";
import type { MetricKind } from "../../src/platform/check-words.ts";
import { readCheckWord } from "../../src/platform/read-check-word.ts";

const anything = fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withSparseArray: true });
const options = fc.oneof(
  anything,
  fc.record(
    { tags: fc.oneof(anything, fc.array(fc.string({ unit: "binary" }))), at: anything, unit: anything },
    { requiredKeys: [] },
  ),
);
const metric = fc.record({
  kind: fc.constantFrom<MetricKind>("gauge", "count", "monotonic", "rate"),
  name: fc.oneof(fc.string({ unit: "binary" }), anything),
  value: fc.oneof(fc.double(), anything),
  options,
});

describe("whatever a check tells", () => {
  test("becomes a report that the gateway believes", () => {
    fc.assert(
      fc.property(fc.array(metric), fc.array(anything), (metrics, others) => {
        const report = new CheckReport({ file: "/x.ts", name: "x", initConfig: {}, instance: {}, seriesMax: 10 });
        for (const { kind, name, value, options: given } of metrics) report.metric(kind, name, value, given);
        for (const other of others) {
          report.event(other);
          report.serviceCheck(other, other, other);
          report.warning(other);
        }
        const told = report.take();
        expect(readCheckWord(JSON.stringify({ run: 1, report: told }))).toEqual(
          JSON.parse(JSON.stringify({ run: 1, report: told })),
        );
        expect(told.readings.length + told.lost.notANumber + told.lost.seriesLimit).toBeLessThanOrEqual(metrics.length);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test("is no word where it is another's", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (line) => {
        const word = readCheckWord(line);
        if (word !== undefined) expect(Object.keys(word).join(" ")).toMatch(/^(isReady|failed|run report)$/);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
