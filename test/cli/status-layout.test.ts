import { describe, expect, test } from "vitest";
import { formatAge, formatBytes } from "../../src/cli/quantities.ts";
import { formatStatus } from "../../src/cli/status-layout.ts";
import { summarize } from "../../src/cli/status-summary.ts";
import type { Status } from "../../src/model/status.ts";

const NOW = Date.UTC(2026, 10, 22, 6, 0, 0);

/** A gateway in trouble: one meter well, one dead, the key refused, an hour waiting. */
const TROUBLED: Status = {
  schema: 1,
  version: "0.1.0",
  hostname: "hall-3",
  pid: 812,
  running: true,
  config_file: "/etc/tidegate/tidegate.yaml",
  run_path: "/var/lib/tidegate",
  now: NOW,
  started_at: NOW - 93_784_000,
  clock_trusted: true,
  instances: [
    {
      check: "modbus",
      instance: "main-meter",
      profile: "eastron/sdm630",
      bus: "tcp://192.168.1.20:502",
      state: "OK",
      interval_s: 5,
      polls: 18_756,
      failed_polls: 0,
      late_polls: 0,
      sampled: 450_144,
      series: 24,
      last_poll: { at: NOW - 2_000, duration_ms: 41, readings: 24, absent: 0 },
      last_success_at: NOW - 2_000,
      average_duration_ms: 39,
      values: [],
      faults: [],
    },
    {
      check: "modbus",
      instance: "press",
      profile: "tidegate/press",
      bus: "tcp://192.168.1.21:502",
      state: "CRITICAL",
      interval_s: 1,
      polls: 93_780,
      failed_polls: 3_600,
      late_polls: 2,
      sampled: 450_000,
      series: 5,
      last_poll: { at: NOW - 500, duration_ms: 1000, readings: 0, absent: 0 },
      last_success_at: NOW - 3_600_000,
      average_duration_ms: 52,
      values: [],
      faults: [
        {
          code: "INPUT_TIMEOUT",
          message: "192.168.1.21:502 unit 1 did not answer within 1000 ms.",
          points: [],
          since: NOW - 3_600_000,
          polls: 3_600,
        },
      ],
    },
  ],
  log: {
    path: "/var/lib/tidegate/store",
    bytes: 5_300_000,
    bytes_max: 1_073_741_824,
    durable: 900_100,
    at_risk: 29,
    series: 29,
    failure: null,
  },
  intakes: [
    {
      name: "datadog",
      url: "https://api.datadoghq.eu",
      state: "holding",
      reason: "the intake answered 403: it refuses the API key",
      payloads: 9_002,
      attempts: 9_020,
      wire_bytes: 21_000_000,
      last_accepted_at: NOW - 3_600_000,
      next_attempt_in_ms: 83_000,
      oldest_waiting_at: NOW - 3_600_000,
      books: {
        sampled: 900_144,
        dropped: { "out-of-range": 15 },
        delivered: 882_000,
        collapsed: 40,
        thinned: 0,
        expired: { too_old: 60, log_full: 0, unreadable: 0 },
        rejected: 0,
        waiting: 18_029,
      },
    },
  ],
  service_checks: [],
  problems: [
    {
      file: "/etc/tidegate/conf.d/modbus.d/old.yaml",
      line: 4,
      column: 11,
      path: "instances.0.port",
      found: "70000",
      expected: "a whole number from 1 to 65535",
      hint: "Modbus TCP devices listen on 502 unless someone changed it.",
      check: "modbus",
    },
  ],
};

describe("status on a terminal", () => {
  test("says at 80 columns what is wrong, since when, and what happens next", async () => {
    const text = formatStatus(TROUBLED);
    await expect(text).toMatchFileSnapshot("../golden/cli/status-troubled.txt");
    const longest = Math.max(...text.split("\n").map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(80);
  });

  test("of a gateway that has not begun says so", async () => {
    const idle: Status = { ...TROUBLED, instances: [], intakes: [], problems: [], clock_trusted: false };
    await expect(formatStatus(idle)).toMatchFileSnapshot("../golden/cli/status-idle.txt");
  });

  test("says in one line that all is well", () => {
    const [well] = TROUBLED.instances;
    const [intake] = TROUBLED.intakes;
    if (well === undefined || intake === undefined) throw new Error("the example has an instance and an intake");
    const sound: Status = {
      ...TROUBLED,
      instances: [well],
      intakes: [{ ...intake, state: "delivering" }],
      problems: [],
    };
    expect(summarize(sound)).toEqual(["All is well: 1 instance is read."]);
  });

  test("says first what a person should look at: disk, machines, intake, configuration", () => {
    const full: Status = { ...TROUBLED, log: { ...TROUBLED.log, failure: "no space left", at_risk: 3277 } };
    expect(summarize(full)).toEqual([
      "Needs attention; more on each below:",
      "  - The log cannot be written; 3,277 samples are in memory only.",
      "  - modbus:press is CRITICAL, last read in full 1h ago.",
      "  - datadog is holding: 18,029 samples wait, the oldest 1h old.",
      "  - The configuration has problems; they stop modbus.",
    ]);
  });

  test("of a gateway that polls nothing says so, and why", () => {
    const nothing: Status = { ...TROUBLED, instances: [], intakes: [] };
    expect(summarize(nothing)).toContain("  - Nothing is polled: no check runs.");
    expect(formatStatus(nothing)).toContain("No check runs; the reasons are under Config Errors below.");
    expect(formatStatus({ ...nothing, problems: [] })).toContain("No check is configured;");
  });

  test.each([
    [0, "0s"],
    [59_400, "59s"],
    [60_000, "1m"],
    [3_725_000, "1h 2m"],
    [93_784_000, "1d 2h"],
  ])("writes %d milliseconds as %s", (duration, text) => {
    expect(formatAge(duration)).toBe(text);
  });

  test.each([
    [812, "812 B"],
    [2048, "2.0 KiB"],
    [5_300_000, "5.1 MiB"],
    [1_073_741_824, "1.0 GiB"],
  ])("writes %d bytes as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
