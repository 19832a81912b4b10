import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readColumnSeries } from "../../hardware-sim/intake/column-series.ts";
import { fromHex } from "../support/hex.ts";

/** What protoc made of the definition. */
const GOLDEN = readFileSync(new URL("../golden/forward/datadog-columns.hex", import.meta.url), "utf8").replace(
  /\s/gu,
  "",
);

/** The golden payload with some of its bytes changed, none added. */
function changed(from: string, to: string): Uint8Array {
  expect(GOLDEN.split(from), `${from} is there once`).toHaveLength(2);
  expect(to).toHaveLength(from.length);
  return fromHex(GOLDEN.replace(from, to));
}

describe("series in columns", () => {
  test.each<[string, () => Uint8Array, RegExp]>([
    ["are cut off", () => fromHex(GOLDEN.slice(0, -2)), /longer than what holds it/],
    ["are nothing", () => new Uint8Array(), /no metricData/],
    ["have a metric that is nowhere", () => changed("5a0402020002", "5a0402020004"), /leads to 4, of 3/],
    ["have a set of tags that is nowhere", () => changed("620400020201", "620400020202"), /leads to 3, of 2/],
    ["have no host", () => changed("6a0402000000", "6a0400020000"), /leads to 0, of 1/],
    ["have a tag too few", () => changed("1a06040202040204", "1a06040202040404"), /leads to 4, of 3/],
    ["have a set that does not end", () => changed("1a06040202040204", "1a06040202060204"), /a set of tags is longer/],
    ["have more points than timestamps", () => changed("7a0402020201", "7a0402020202"), /as many timestamps/],
    ["have a value too many", () => changed("5206039304", "5206038304"), /longer than what it is for/],
    ["have an unknown column", () => changed("ca010a", "da010a"), /field 27/],
  ])("that %s are refused", (_what, read, message) => {
    expect(() => readColumnSeries(read())).toThrow(message);
  });

  test("are read as they were meant", () => {
    const common = { type: 3, resources: [{ type: "host", name: "pi-1" }], source_type_name: "tidegate" };
    const [first, second] = [1_795_323_600, 1_795_323_601];
    const pair = (one: number, other: number): object[] => [
      { timestamp: first, value: one },
      { timestamp: second, value: other },
    ];
    const line = ["check:modbus", "line:3"];
    expect(readColumnSeries(fromHex(GOLDEN))).toEqual({
      series: [
        { ...common, metric: "a.state", tags: [], points: pair(0, 0) },
        { ...common, metric: "b.count", tags: line, unit: "volt", points: pair(3, -70_000) },
        { ...common, metric: "b.count", tags: ["check:modbus", "phase:l1"], unit: "watt", points: pair(230.1, 2) },
        { ...common, metric: "c.level", tags: line, points: [{ timestamp: first, value: 0.5 }] },
      ],
    });
  });
});
