/** What `check` prints: series as the intake will see them, then what happened, in the Agent's layout. */

import type { GatewayConfig } from "../model/config.ts";
import { serviceStatusWord } from "../model/note.ts";
import type { CheckRun } from "../sampling/collect.ts";

/** The series of a run as the intake will see them. */
function toSeries(run: CheckRun, config: GatewayConfig): object[] {
  return run.values.map((value) => ({
    metric: value.metric,
    points: [[Math.floor(value.at / 1000), value.value]],
    tags: [...value.tags, ...config.tags],
    host: config.hostname,
    type: "gauge",
    interval: 0,
    unit: value.unit,
    source_type_name: "tidegate",
  }));
}

function toServiceCheck(run: CheckRun, config: GatewayConfig): object {
  const { name, status, tags, message, at } = run.service_check;
  return { check: name, status, tags, message, host_name: config.hostname, timestamp: Math.floor(at / 1000) };
}

/** The JSON of `check --json`: one element per instance, as the Agent prints it. */
export function toCheckJson(runs: readonly CheckRun[], config: GatewayConfig): readonly object[] {
  return runs.map((run) => ({
    aggregator: {
      metrics: toSeries(run, config),
      service_checks: [toServiceCheck(run, config)],
      events: [],
    },
    runner: {
      CheckName: run.check,
      CheckID: `${run.check}:${run.instance}`,
      CheckConfigSource: `file:${run.source}`,
      TotalRuns: 1,
      TotalErrors: run.faults.length,
      MetricSamples: run.values.length,
      ServiceChecks: 1,
      Events: 0,
      LastExecutionTime: run.duration_ms,
      UpdateTimestamp: Math.floor(run.at / 1000),
      LastError: run.faults.map((fault) => fault.message).join("; "),
      Absent: run.absent,
    },
  }));
}

/** The text of `check`. */
export function formatCheckRuns(runs: readonly CheckRun[], config: GatewayConfig): string {
  const series = runs.flatMap((run) => toSeries(run, config));
  const checks = runs.map((run) => toServiceCheck(run, config));
  const lines = ["=== Series ===", JSON.stringify({ series }, null, 2)];
  lines.push("=== Service Checks ===", JSON.stringify(checks, null, 2));
  for (const run of runs) lines.push("", ...formatRun(run));
  lines.push("", "Nothing was sent and nothing was recorded: this was one poll, to look at.", "");
  return lines.join("\n");
}

function formatRun(run: CheckRun): string[] {
  const lines = [
    `  ${run.check}`,
    `  ${"-".repeat(run.check.length)}`,
    `    Instance ID: ${run.check}:${run.instance} [${serviceStatusWord(run.service_check.status)}]`,
    `    Configuration Source: file:${run.source}`,
    `    Bus: ${run.bus}`,
    `    Metric Samples: Last Run: ${run.values.length}`,
    `    Execution Time : ${run.duration_ms}ms`,
  ];
  if (run.absent > 0) lines.push(`    Points without a reading (the device says so): ${run.absent}`);
  for (const fault of run.faults) lines.push(`    Error: ${fault.message} (${fault.code})`);
  return lines;
}
