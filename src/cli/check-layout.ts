/** What `check` prints: series as the intake will see them, then what happened, in the Agent's layout. */

import type { GatewayConfig } from "../model/config.ts";
import type { Fault } from "../model/input.ts";
import { serviceStatusWord } from "../model/note.ts";
import type { CheckRun } from "../sampling/collect.ts";
import type { Poll } from "./check.ts";
import { formatDuration } from "./quantities.ts";
import { stateLabel } from "./state-label.ts";
import { formatStates } from "./stated-value.ts";
import { formatExecution } from "./status-layout.ts";

/** One instance over all polls. */
interface InstanceRuns {
  readonly last: CheckRun;
  readonly all: readonly CheckRun[];
}

/** Puts the runs of one instance together, in the order of the first poll. */
function byInstance(polls: readonly Poll[]): InstanceRuns[] {
  const runs = new Map<string, CheckRun[]>();
  for (const run of polls.flat()) runs.set(run.instance, [...(runs.get(run.instance) ?? []), run]);
  return [...runs.values()].flatMap((all) => {
    const last = all.at(-1);
    return last === undefined ? [] : [{ last, all }];
  });
}

/** The series of an instance as the intake will see them: one point for each poll that read it. */
function toSeries({ all }: InstanceRuns, config: GatewayConfig): object[] {
  const series = new Map<string, { readonly points: [number, number][] }>();
  for (const { metric, tags, unit, kind = "gauge", interval_s = 0, at, value } of all.flatMap((run) => run.values)) {
    const key = [metric, kind, ...tags].join("\n");
    const one = series.get(key) ?? {
      metric,
      points: [] as [number, number][],
      tags: [...tags, ...config.tags],
      host: config.hostname,
      type: kind,
      interval: interval_s,
      unit,
      source_type_name: "tidegate",
    };
    one.points.push([Math.floor(at / 1000), value]);
    series.set(key, one);
  }
  return [...series.values()];
}

function toServiceChecks({ last }: InstanceRuns, config: GatewayConfig): object[] {
  return [last.service_check, ...last.service_checks].map(({ name, status, tags, message, at }) => ({
    ...{ check: name, status, tags, message, host_name: config.hostname, timestamp: Math.floor(at / 1000) },
  }));
}

function toEvents({ last }: InstanceRuns, config: GatewayConfig): object[] {
  return last.events.map(({ title, text, at, alertType, priority, aggregationKey, tags, source }) => ({
    ...{ msg_title: title, msg_text: text, timestamp: Math.floor(at / 1000), priority, host: config.hostname, tags },
    ...{ alert_type: alertType, aggregation_key: aggregationKey, source_type_name: source, event_type: source },
  }));
}

/** The JSON of `check --json`: one element per instance, as the Agent prints it. */
export function toCheckJson(polls: readonly Poll[], config: GatewayConfig): readonly object[] {
  return byInstance(polls).map((runs) => ({
    aggregator: {
      metrics: toSeries(runs, config),
      service_checks: toServiceChecks(runs, config),
      events: toEvents(runs, config),
    },
    runner: {
      CheckName: runs.last.check,
      CheckVersion: "",
      CheckID: `${runs.last.check}:${runs.last.instance}`,
      CheckConfigSource: `file:${runs.last.source}`,
      TotalRuns: runs.all.length,
      TotalErrors: sumOf(runs, (run) => run.faults.filter((fault) => !isWarning(fault)).length),
      TotalWarnings: sumOf(runs, (run) => run.faults.filter(isWarning).length),
      MetricSamples: runs.last.values.length,
      TotalMetricSamples: sumOf(runs, (run) => run.values.length),
      ServiceChecks: 1 + runs.last.service_checks.length,
      TotalServiceChecks: sumOf(runs, (run) => 1 + run.service_checks.length),
      Events: runs.last.events.length,
      TotalEvents: sumOf(runs, (run) => run.events.length),
      AverageExecutionTime: averageDuration(runs),
      LastExecutionTime: runs.last.duration_ms,
      ExecutionTimes: runs.all.map((run) => run.duration_ms),
      UpdateTimestamp: Math.floor(runs.last.at / 1000),
      LastSuccessDate: Math.floor((lastSuccessAt(runs) ?? 0) / 1000),
      LastError: runs.last.faults.flatMap((fault) => (isWarning(fault) ? [] : fault.message)).join("; "),
      LastWarnings: runs.last.faults.filter(isWarning).map((fault) => fault.message),
      LongRunning: false,
      Absent: runs.last.absent,
    },
  }));
}

/** The text of `check`. */
export function formatCheckRuns(polls: readonly Poll[], config: GatewayConfig): string {
  const instances = byInstance(polls);
  const name = instances[0]?.last.check ?? "";
  const series = instances.flatMap((runs) => toSeries(runs, config));
  const serviceChecks = instances.flatMap((runs) => toServiceChecks(runs, config));
  const events = instances.flatMap((runs) => toEvents(runs, config));
  return [
    "=== Series ===",
    JSON.stringify({ series }, null, 2),
    "=== Service Checks ===",
    JSON.stringify(serviceChecks, null, 2),
    ...(events.length === 0 ? [] : ["=== Events ===", JSON.stringify(events, null, 2)]),
    "",
    "=========",
    "Collector",
    "=========",
    "",
    "  Running Checks",
    "  ==============",
    "",
    `    ${name}`,
    `    ${"-".repeat(name.length)}`,
    ...instances.flatMap(formatInstance),
    "Nothing was sent and nothing was recorded.",
    ...adviseOn(polls, instances, name),
    "",
  ].join("\n");
}

function formatInstance(runs: InstanceRuns): string[] {
  const { last, all } = runs;
  const lines = [
    `      Instance ID: ${last.check}:${last.instance} [${stateLabel(serviceStatusWord(last.service_check.status))}]`,
    `      Configuration Source: file:${last.source}`,
    `      Bus: ${last.bus}`,
    `      Total Runs: ${all.length}`,
    `      Metric Samples: Last Run: ${last.values.length}, Total: ${sumOf(runs, (run) => run.values.length)}`,
    `      Events: Last Run: ${last.events.length}, Total: ${sumOf(runs, (run) => run.events.length)}`,
    `      Service Checks: Last Run: ${1 + last.service_checks.length}, Total: ${sumOf(runs, (run) => 1 + run.service_checks.length)}`,
    `      Average Execution Time : ${formatDuration(averageDuration(runs))}`,
    `      Last Execution Date : ${formatExecution(last.at)}`,
    `      Last Successful Execution Date : ${formatExecution(lastSuccessAt(runs))}`,
  ];
  lines.push(...formatStates(last.values).map((line) => `      ${line}`));
  if (last.absent > 0) lines.push(`      Points without a reading (none yet, or the device says so): ${last.absent}`);
  for (const fault of last.faults) {
    const line = isWarning(fault) ? `Warning: ${fault.message}` : `Error: ${fault.message} (${fault.code})`;
    lines.push(`      ${line}`);
  }
  return [...lines, ""];
}

/** What a check of the user warns of is no error, to the Agent neither. */
function isWarning({ code }: Pick<Fault, "code">): boolean {
  return code === "INPUT_CHECK_WARNING";
}

function adviseOn(polls: readonly Poll[], instances: readonly InstanceRuns[], name: string): string[] {
  const advice: string[] = [];
  if (polls.length === 1) advice.push("The check has run once: --check-rate polls twice and shows what changes.");
  if (instances.length > 1) {
    advice.push(`${name} has ${instances.length} instances: --instance N shows one of them, by name or number.`);
  }
  return advice;
}

function sumOf({ all }: InstanceRuns, count: (run: CheckRun) => number): number {
  return all.reduce((sum, run) => sum + count(run), 0);
}

function lastSuccessAt({ all }: InstanceRuns): number | null {
  return all.findLast((run) => run.faults.length === 0)?.at ?? null;
}

function averageDuration(runs: InstanceRuns): number {
  return Math.round(sumOf(runs, (run) => run.duration_ms) / runs.all.length);
}
