import { describe, expect, test } from "vitest";
import { formatQuality } from "../../src/cli/quality-layout.ts";
import { formatStatus } from "../../src/cli/status-layout.ts";
import { summarize } from "../../src/cli/status-summary.ts";
import type { InstanceStatus, QualityStatus } from "../../src/model/status.ts";
import { TROUBLED } from "./troubled-status.ts";

const { now } = TROUBLED;

const STUCK: QualityStatus["series"][number] = {
  metric: "pressure",
  tags: ["check:modbus", "point:inlet"],
  unit: "Pa",
  reason: "stuck",
  meaning: "without any change for too long",
  dropped: 0,
  marked: 1_234,
  kept: 0,
  last_at: now - 5_000,
  last_value: 420_000,
  lasting_s: 7_200,
};
const SPIKES = {
  ...{ ...STUCK, metric: "temperature", tags: [], unit: "degC", reason: "spike" as const },
  ...{ meaning: "single wild values", dropped: 3, marked: 1, last_value: null, lasting_s: null },
};

function withQuality(quality: QualityStatus, change: Partial<InstanceStatus> = {}) {
  const [first, ...others] = TROUBLED.instances;
  if (first === undefined) return expect.unreachable("there is an instance");
  return { ...TROUBLED, instances: [{ ...first, quality, ...change }, ...others] };
}

describe("readings that were not believed, in status", () => {
  test("are told by series with what was wrong, how often, for how long and what the last was, at 80 columns", () => {
    const lines = formatStatus(withQuality({ series: [STUCK, SPIKES], left_out: 0, waiting: 0 })).split("\n");
    const from = lines.indexOf("      Readings Not Believed:");
    expect(lines.slice(from + 1, from + 7)).toEqual([
      "        pressure inlet: 1,234 sent with a mark",
      "          stuck: without any change for too long, for 2h",
      "          last 420000 Pa, 5s ago",
      "        temperature: 3 dropped, 1 sent with a mark",
      "          spike: single wild values",
      "          last 5s ago",
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("are told apart by their own tags where no point names them, with what a display shows of the last", () => {
    const oven = { ...STUCK, tags: ["check:mqtt", "instance:floor", "machine:oven"], last_value: 21.88568416390322 };
    expect(formatQuality({ series: [oven], left_out: 0, waiting: 0 }, now).slice(1)).toEqual([
      "  pressure machine:oven: 1,234 sent with a mark",
      "    stuck: without any change for too long, for 2h",
      "    last 21.88568 Pa, 5s ago",
    ]);
  });

  test("are no more than five, with how many more there are", () => {
    const lines = formatQuality({ series: Array.from({ length: 20 }, () => STUCK), left_out: 3, waiting: 0 }, now);
    expect(lines).toHaveLength(1 + 5 * 3 + 1);
    expect(lines.at(-1)).toBe("  and 18 more, each with fewer");
    expect(
      formatQuality({ series: Array.from({ length: 5 }, () => STUCK), left_out: 0, waiting: 0 }, now),
    ).toHaveLength(16);
  });

  test("are told of with those of which the next one has to tell", () => {
    const line = "Readings In Doubt: 2, until the next tells whether they are spikes";
    expect(formatQuality({ series: [], left_out: 0, waiting: 2 }, now)).toEqual([line]);
    expect(formatQuality({ series: [STUCK], left_out: 0, waiting: 2 }, now).at(-1)).toBe(line);
  });

  test("are no reason to say that the device is read in part", () => {
    const fault = { code: "INPUT_DOUBTFUL", message: "m", points: [], since: now, polls: 1 } as const;
    const status = withQuality({ series: [STUCK], left_out: 0, waiting: 0 }, { state: "WARNING", faults: [fault] });
    expect(summarize(status)[1]).toBe("  - modbus:main-meter is read, and what it says is not believed.");
    const other = withQuality(
      { series: [STUCK], left_out: 0, waiting: 0 },
      { state: "WARNING", faults: [fault, { ...fault, code: "INPUT_TIMEOUT" }] },
    );
    expect(summarize(other)[1]).toBe("  - modbus:main-meter is read in part, last read in full 2s ago.");
  });
});
