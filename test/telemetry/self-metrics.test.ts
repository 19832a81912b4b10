import { describe, expect, test } from "vitest";
import { METRICS, SELF_METRICS } from "../../src/model/metrics.ts";
import type { BusStatus, IntakeStatus, Status } from "../../src/model/status.ts";
import { isUnit, UNITS } from "../../src/model/units.ts";
import { readSelfMetrics } from "../../src/telemetry/self-metrics.ts";
import { BOOKS, instance, status } from "../hardware-sim/statuses.ts";

const FAULT = { code: "INPUT_TIMEOUT", message: "no answer", points: ["l1"], since: 0, polls: 3 } as const;

const SLOW = instance("pump", {
  polls: 7,
  failed_polls: 3,
  late_polls: 2,
  last_poll: { at: 9_500, duration_ms: 1250, readings: 0, absent: 0 },
  faults: [FAULT, FAULT],
  filter: { watched: 9, learning: 4, learning_left_s: 60, odd: 2, worst: [] },
});

/** A status with as many intakes and buses as told. */
function withIntakes(count: number, busCount = count): Status {
  const base = status([instance("press"), SLOW]);
  const intakes = Array.from({ length: count }, (_, index): IntakeStatus[] =>
    base.intakes.map((intake) => ({ ...intake, name: `intake-${index}` })),
  );
  const buses = Array.from(
    { length: busCount },
    (_, index): BusStatus => ({
      ...{ bus: `tcp://10.0.0.${index}:502`, utilisation: 0.4, predicted_utilisation: 0.5, warning: null, devices: [] },
    }),
  );
  return { ...base, intakes: intakes.flat(), buses };
}

describe("the gateway's own metrics", () => {
  test("are at most 24 series, whatever there are of intakes and buses", () => {
    expect(readSelfMetrics(withIntakes(9))).toHaveLength(24);
  });

  test("leave out those of detectors where nothing is watched, which makes room for buses", () => {
    const watching = withIntakes(2, 9);
    const { filter: _filter, ...plain } = SLOW;
    const told = readSelfMetrics({ ...watching, instances: [plain] }).map(({ series }) => series.metric);
    expect(told).toHaveLength(24);
    expect(told.filter((name) => name.startsWith("tidegate.filter"))).toEqual([]);
    expect(told.filter((name) => name.startsWith("tidegate.bus"))).toHaveLength(4);
    const busy = readSelfMetrics(watching).filter(({ series }) => series.metric.startsWith("tidegate.bus"));
    expect(busy).toHaveLength(2);
  });

  test("tell in percent how busy each bus is, as soon as that was measured", () => {
    const status = withIntakes(1, 1);
    const busy = (of: Status): unknown[] =>
      readSelfMetrics(of).flatMap(({ series, value }) =>
        series.metric === "tidegate.bus.utilisation" ? [[series.tags, series.unit, value]] : [],
      );
    expect(busy(status)).toEqual([[["bus:tcp://10.0.0.0:502"], "%", 40]]);
    expect(busy({ ...status, buses: (status.buses ?? []).map((bus) => ({ ...bus, utilisation: null })) })).toEqual([]);
  });

  test("are in the catalogue in a canonical unit, and no profile can name them", () => {
    for (const [name, { unit, course, description }] of Object.entries(SELF_METRICS)) {
      expect(name).toMatch(/^tidegate(\.[a-z]+)+$/u);
      expect(Object.keys(METRICS)).not.toContain(name);
      if (unit !== "") expect(isUnit(unit) && UNITS[unit].factor).toBe(1);
      expect(description.startsWith("Total of ")).toBe(course === "total");
    }
    const told = new Set(readSelfMetrics(withIntakes(1)).map(({ series }) => series.metric));
    expect(told).toEqual(new Set(Object.keys(SELF_METRICS)));
  });

  test("say what the status says", () => {
    const base = withIntakes(1);
    const books = { ...BOOKS, held_back: 16, expired: { too_old: 1, log_full: 2, unreadable: 4 }, rejected: 8 };
    const intakes = base.intakes.map((intake) => ({ ...intake, books }));
    const log = { ...base.log, bytes: 250, bytes_max: 1000, at_risk: 6 };
    const readings = readSelfMetrics({ ...base, intakes, log, started_at: 4_000 });
    expect(Object.fromEntries(readings.map(({ series, value }) => [series.metric, value]))).toEqual({
      "tidegate.uptime": 6,
      "tidegate.log.bytes": 250,
      "tidegate.log.fill": 25,
      "tidegate.log.unwritten": 6,
      "tidegate.log.syncs": 86_400,
      "tidegate.series": 5,
      "tidegate.polls": 17,
      "tidegate.polls.failed": 3,
      "tidegate.polls.late": 2,
      "tidegate.poll.duration": 1.25,
      "tidegate.bus.utilisation": 40,
      "tidegate.faults": 2,
      "tidegate.filter.odd": 2,
      "tidegate.filter.learning": 4,
      "tidegate.dropped": 2,
      "tidegate.intake.waiting": 5,
      "tidegate.intake.delivered": 90,
      "tidegate.intake.lost": 15,
      "tidegate.intake.withheld": 16,
    });
    expect(readings.at(-1)?.series).toMatchObject({ tags: ["intake:intake-0"], kind: "gauge", unit: "" });
  });

  test("tell what was dropped once, and not for each intake", () => {
    const { intakes, ...base } = withIntakes(3);
    const droppedBy = [3, 9, 0].map((count) => ({ "out-of-range": count }));
    const told = intakes.map((intake, index) => ({ ...intake, books: { ...BOOKS, dropped: droppedBy[index] ?? {} } }));
    const readings = readSelfMetrics({ ...base, intakes: told });
    expect(readings.filter(({ series }) => series.metric === "tidegate.dropped")).toMatchObject([
      { series: { tags: [] }, value: 9 },
    ]);
  });

  test("are finite from the first moment on, and after the wall clock went back", () => {
    const { log, ...young } = status([]);
    const readings = readSelfMetrics({ ...young, log: { ...log, bytes: 0 }, started_at: 99_000 });
    for (const { value } of readings) expect(value).toBeGreaterThanOrEqual(0);
    expect(readings.every(({ value }) => Number.isFinite(value))).toBe(true);
  });
});
