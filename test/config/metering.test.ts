import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import { loadFiles } from "./config-folder.ts";

const HOUR = 3_600_000;

function load(forward: string, site = "site: datadoghq.eu") {
  const main = `hostname: press-hall\nrun_path: run\napi_key: abc\n${site}\nforward: { ${forward} }\n`;
  const { config, problems, notices } = loadFiles({ "tidegate.yaml": main });
  return { metering: config?.intakes[0]?.metering, problems: problems.map(formatProblem), notices };
}

describe("the uplink of an intake", () => {
  test("that is given a time that is none, or has no end, is a problem", () => {
    for (const time of ["6:00-07:00", "06:00-24:00", "06:00-06:00", "06:00"]) {
      expect(load(`schedule: ["${time}"]`).problems).toHaveLength(1);
    }
    expect(load("budget: { per_day: 5MB, month_starts: 29 }").problems).toHaveLength(1);
  });

  test("has a budget, windows and a jitter as they are written", () => {
    const keys = `budget: { per_day: 5 MB, per_month: 50MB }, schedule: ["06:00-06:15", "23:50-00:10"], start_jitter: 60`;
    expect(load(`${keys}, alarms_at_once: true, historical: true`)).toEqual({
      problems: [],
      notices: [],
      metering: {
        budget: { dayBytesMax: 5_000_000, monthBytesMax: 50_000_000, monthStarts: 1 },
        schedule: [
          { from: 6 * HOUR, to: 6.25 * HOUR },
          { from: 24 * HOUR - 600_000, to: 600_000 },
        ],
        isSendingAlarmsAtOnce: true,
        startJitter: 60_000,
      },
    });
  });

  test("begins somewhere within a flush, but at once where the intake is on this machine", () => {
    expect(load("flush_interval: 20").metering?.startJitter).toBe(20_000);
    expect(load("start_jitter: 0").metering).toBeUndefined();
    expect(load("timeout: 3", "dd_url: http://127.0.0.1:8126").metering).toBeUndefined();
  });

  test("whose windows are further apart than readings may be old is told of", () => {
    const { notices } = load(`schedule: ["06:00-06:15", "18:00-18:15"]`);
    expect(notices).toEqual([
      "Between the times of its schedule readings for the intake datadog wait up to 11 h, and it takes none older than " +
        "60 min: those expire. Let it take older ones, or add times.",
    ]);
    expect(load(`schedule: ["06:00-06:15"], older: hold`).notices).toEqual([]);
  });
});
