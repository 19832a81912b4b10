import { describe, expect, test } from "vitest";
import { formatAge, formatBytes, formatHours } from "../../src/cli/quantities.ts";
import { formatStatus } from "../../src/cli/status-layout.ts";
import { summarize } from "../../src/cli/status-summary.ts";
import type { IntakeStatus, Status } from "../../src/model/status.ts";
import { TROUBLED } from "./troubled-status.ts";

describe("status on a terminal", () => {
  test("says at 80 columns what is wrong, since when, and what happens next", async () => {
    const text = formatStatus(TROUBLED);
    await expect(text).toMatchFileSnapshot("../golden/cli/status-troubled.txt");
    const longest = Math.max(...text.split("\n").map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(80);
  });

  test("says how a gateway is that runs since before an update, which tells of no events", () => {
    const instances = TROUBLED.instances.map(({ events: _events, ...others }) => others);
    expect(formatStatus({ ...TROUBLED, instances })).toContain("      Events: Last Run: 0, Total: 0\n");
  });

  test("keeps to 80 columns where the log lasts longer than anyone counts", () => {
    const lines = formatStatus({ ...TROUBLED, log: { ...TROUBLED.log, bytes_per_s: 0.01 } }).split("\n");
    expect(lines).toContain("  Without Delivery: full in more than a year");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("shows what is filled in behind live samples, how fast and until when, and nothing of it else", () => {
    const [intake] = TROUBLED.intakes;
    if (intake === undefined) return expect.unreachable("there is an intake");
    const live = { waiting: 1_200, oldest_at: TROUBLED.now - 4_000 };
    const backfill = { waiting: 12_345, held: 400, gaps: 2, rate_per_s: 398.7, left_s: 300, reason: "why" };
    const linesOf = (lanes: IntakeStatus["lanes"]): string[] =>
      formatStatus({ ...TROUBLED, intakes: [{ ...intake, lanes }] as never }).split("\n");
    expect(linesOf({ live, backfill })).toEqual(
      expect.arrayContaining([
        "    Live: 1,200 waiting, the oldest 4s old",
        "    Backfill: 12,345 waiting in 2 gaps, 399 a second, 5m left",
        "      400 are too old for the intake and held until it takes them",
        "      Error: why",
      ]),
    );
    expect(linesOf({ live, backfill: null })).toEqual(formatStatus(TROUBLED).split("\n"));
  });

  test("shows how busy each bus is, and which unit on it is hard to hear", () => {
    const counts = {
      timeouts: 0,
      checksum_errors: 0,
      cut_short: 0,
      late: 0,
      strangers: 0,
      noise_bytes: 0,
      warning: null,
    };
    const devices = [
      { ...counts, device: "/dev/ttyAMA0 unit 1", requests: 1200 },
      {
        ...counts,
        device: "/dev/ttyAMA0 unit 2",
        requests: 1200,
        timeouts: 3,
        checksum_errors: 24,
        warning: "A bad drop.",
      },
    ];
    const notice = { found: "The adapter waits.", remedy: "Tell it not to." };
    const bus = {
      bus: "serial:///dev/ttyAMA0",
      utilisation: 0.624,
      predicted_utilisation: 0.58,
      warning: "Too full.",
      notice,
    };
    const lines = formatStatus({ ...TROUBLED, buses: [{ ...bus, devices }] }).split("\n");
    const from = lines.indexOf("    serial:///dev/ttyAMA0");
    expect(lines.slice(from + 2, from + 8)).toEqual([
      "      In Use: 62.4 % of the last minute, 58.0 % predicted",
      "      Warning: Too full.",
      "      Warning: The adapter waits. Tell it not to.",
      "      /dev/ttyAMA0 unit 1: 1,200 requests",
      "      /dev/ttyAMA0 unit 2: 1,200 requests, 3 timeouts, 24 wrong checksums",
      "        Warning: A bad drop.",
    ]);
  });

  test("says which state a device is in, by number and name", () => {
    const state = { metric: "machine.state", tags: ["point:inverter-state"], value: 4, unit: "", at: TROUBLED.now };
    const instances = TROUBLED.instances.map((one) => ({
      ...one,
      values: [...one.values, { ...state, state: "MPPT" }],
    }));
    const lines = formatStatus({ ...TROUBLED, instances }).split("\n");
    expect(lines.filter((line) => line === "      State: inverter-state 4 (MPPT)")).toHaveLength(instances.length);
    expect(formatStatus({ ...TROUBLED, instances: [{ ...instances[0], values: [state] } as never] })).not.toContain(
      "inverter-state",
    );
  });

  test("of a gateway that has not begun says so", async () => {
    const clock = {
      clock_trusted: false,
      clock_basis: "there is no clock module, and no time server has answered yet",
    };
    const idle: Status = { ...TROUBLED, instances: [], intakes: [], problems: [], ...clock };
    await expect(formatStatus(idle)).toMatchFileSnapshot("../golden/cli/status-idle.txt");
  });

  test("says how many samples wait for the clock, and that their age is not known where it is not", () => {
    const log = { ...TROUBLED.log, unplaced: 12_345, oldest_at: null };
    const waiting: Status = { ...TROUBLED, clock_trusted: false, log };
    expect(summarize(waiting)).toContain("  - The clock is not set; 12,345 samples wait for it.");
    const lines = formatStatus(waiting).split("\n");
    expect(lines).toContain("  Waiting for the clock: 12,345 samples; they get their moments once it is set");
    expect(lines).toContain("    the oldest are of an earlier boot, and nobody knows their age yet");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
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
      "  - modbus:press fails, last read in full 1h ago.",
      "  - datadog is holding: 18,029 samples wait, the oldest 1h old.",
      "  - The configuration has problems; modbus goes on as before.",
    ]);
  });

  test("tells what problems of the configuration stop from what goes on as it was before", () => {
    const [problem] = TROUBLED.problems;
    const of = (...checks: readonly (string | undefined)[]) =>
      summarize({
        ...TROUBLED,
        problems: checks.flatMap((check) => {
          const { check: _, ...others } = problem ?? {};
          return problem === undefined ? [] : [{ ...problem, ...others, ...(check === undefined ? {} : { check }) }];
        }),
      }).at(-1);
    expect(of("gpio", "mqtt")).toBe("  - The configuration has problems; they stop gpio, mqtt.");
    expect(of("gpio", "modbus")).toBe("  - The configuration has problems; they stop gpio; modbus goes on as before.");
  });

  test("says since when the disk takes nothing, and what that means", () => {
    const log = { ...TROUBLED.log, failure: "no space left", failure_since: TROUBLED.now - 750_000 };
    expect(formatStatus({ ...TROUBLED, log })).toContain(
      "  Error: no space left\n    not written for 12m 30s: samples are held in memory, and written when it heals\n",
    );
  });

  test("says what its hours rest on, and nothing of what was not measured", () => {
    const fresh = { ...TROUBLED.log, bytes_per_sample: 5.5, is_size_sealed: false };
    expect(formatStatus({ ...TROUBLED, log: fresh })).toContain(
      "    taking 5.5 B a reading, as fresh blocks do; sealed ones take less\n",
    );
    const unknown = { bytes_per_s: null, bytes_per_sample: null, at_risk_max: null, oldest_at: null, daily: null };
    const text = formatStatus({ ...TROUBLED, log: { ...TROUBLED.log, ...unknown, losses: [] } });
    expect(text).toContain("  Room: its hours are not measured yet\n\n=====");
    expect(text).toContain("fails now: 29\n");
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
    [59, "0 min"],
    [3_599, "59 min"],
    [220_000, "61 h"],
    [259_200, "72 h (3 days)"],
    [4_334_400, "1,204 h (50 days)"],
    [1e9, "more than a year"],
    [Number.POSITIVE_INFINITY, "more than a year"],
  ])("writes %d seconds of log as %s", (duration, text) => {
    expect(formatHours(duration)).toBe(text);
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
