import { describe, expect, test } from "vitest";
import { formatCheckRuns, toCheckJson } from "../../src/cli/check-layout.ts";
import { runCommand } from "../../src/cli/commands.ts";
import { formatStatus } from "../../src/cli/status-layout.ts";
import type { GatewayConfig } from "../../src/model/config.ts";
import { epochMillis } from "../../src/model/time.ts";
import type { CheckRun } from "../../src/sampling/collect.ts";
import { ConfigFolder } from "../config/config-folder.ts";
import { createTestTerminal } from "../support/test-terminal.ts";
import { TROUBLED } from "./troubled-status.ts";

// What scripts search for in the Agent's output, in its order; docs/agent-layouts.md says where ours differs, and why.
// Source: DataDog/datadog-agent, pkg/status/collector/status_templates/collector.tmpl, pkg/cli/subcommands/check,
// pkg/collector/check/stats, pkg/flare/config_check.go

const INSTANCE = [
  /^ {6}Instance ID: modbus:\S+ \[(?:OK|WARNING|ERROR)\]$/mu,
  /^ {6}Configuration Source: file:\/\S+$/mu,
  /^ {6}Total Runs: [\d,]+$/mu,
  /^ {6}Metric Samples: Last Run: [\d,]+, Total: [\d,]+$/mu,
  /^ {6}Events: Last Run: [\d,]+, Total: [\d,]+$/mu,
  /^ {6}Service Checks: Last Run: [\d,]+, Total: [\d,]+$/mu,
  /^ {6}Average Execution Time : [\d.]+m?s$/mu,
  /^ {6}Last Execution Date : \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(\d{13}\)$/mu,
  /^ {6}Last Successful Execution Date : (?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(\d{13}\)|Never)$/mu,
];
const COLLECTOR = [
  /^=========\nCollector\n=========\n\n {2}Running Checks\n {2}=+\n\n {4}modbus\n {4}------$/mu,
  ...INSTANCE,
];

const RUNNER_KEYS = [
  "CheckName",
  "CheckVersion",
  "CheckID",
  "CheckConfigSource",
  "TotalRuns",
  "TotalErrors",
  "TotalWarnings",
  "MetricSamples",
  "TotalMetricSamples",
  "Events",
  "TotalEvents",
  "ServiceChecks",
  "TotalServiceChecks",
  "AverageExecutionTime",
  "LastExecutionTime",
  "ExecutionTimes",
  "UpdateTimestamp",
  "LastSuccessDate",
  "LastError",
  "LastWarnings",
  "LongRunning",
];

const RUN: CheckRun = {
  check: "modbus",
  instance: "main-meter",
  source: "/etc/tidegate/conf.d/modbus.yaml:3",
  bus: "tcp://192.168.1.20:502",
  interval_s: 5,
  values: [{ metric: "voltage", tags: ["point:l1"], value: 230.1, unit: "V", at: TROUBLED.now }],
  absent: 0,
  service_check: { name: "tidegate.can_connect", status: 0, tags: [], message: "", at: epochMillis(TROUBLED.now) },
  ...{ service_checks: [], events: [] },
  faults: [],
  duration_ms: 1765,
  at: TROUBLED.now,
};
const CONFIG = { hostname: "hall-3", tags: [] } as unknown as GatewayConfig;

/** Holds that a text has every pattern, each after the one before. */
function expectInOrder(text: string, patterns: readonly RegExp[]): void {
  let from = 0;
  for (const pattern of patterns) {
    const found = pattern.exec(text.slice(from));
    expect(found, `${pattern} after character ${from} of:\n${text}`).not.toBeNull();
    from += (found?.index ?? 0) + (found?.[0].length ?? 0);
  }
}

describe("a script that searches the Agent's output", () => {
  test("finds in status the same fields under the same names", () => {
    expectInOrder(formatStatus(TROUBLED), [
      /^=+\nTidegate \(v\d+\.\d+\.\d+\)\n=+$/mu,
      /^ {2}Status date: \S+ \S+ UTC/mu,
      /^ {2}Pid: \d+$/mu,
      ...COLLECTOR,
      ...INSTANCE,
      /^ {6}Error: /mu,
      /^ {2}Config Errors\n {2}=+\n\n {4}modbus\n {4}-+\n {6}\S/mu,
    ]);
  });

  test("finds in check the series as JSON, then the state of the collector", () => {
    const text = formatCheckRuns([[RUN]], CONFIG);
    expectInOrder(text, [/^=== Series ===\n\{\n {2}"series": \[$/mu, /^=== Service Checks ===\n\[$/mu, ...COLLECTOR]);
    const { series } = JSON.parse(text.slice(text.indexOf("{"), text.indexOf("=== Service Checks")));
    expect(series).toMatchObject([
      { metric: "voltage", points: [[expect.any(Number), 230.1]], type: "gauge", interval: 0 },
    ]);
    expect(text).toContain("Average Execution Time : 1.765s");
  });

  test("finds in check --json every key of the runner", () => {
    const [one] = toCheckJson([[RUN]], CONFIG);
    expect(one).toMatchObject({
      aggregator: { metrics: [{}], service_checks: [{}], events: [] },
      runner: Object.fromEntries(RUNNER_KEYS.map((key) => [key, expect.anything()])),
    });
  });

  test("finds in configcheck the same blocks", async () => {
    using folder = new ConfigFolder({
      "conf.d/modbus.yaml": "instances: [{host: h, unit: 1, profile: tidegate/press, name: press}]\n",
      "conf.d/knx.yaml": "instances: [{}]\n",
    });
    const terminal = createTestTerminal();
    await runCommand(["configcheck", "--config", folder.path], terminal);
    expectInOrder(terminal.output(), [
      /^=== Configuration errors ===$/mu,
      /^=== modbus check ===$/mu,
      /^Configuration provider: file$/mu,
      /^Configuration source: file:\/\S+$/mu,
      /^Config for instance ID: modbus:press$/mu,
      /^name: press$/mu,
      /^~$/mu,
      /^===$/mu,
    ]);
  });
});
