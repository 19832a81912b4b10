/** What `check --table` prints: one row per value, for someone who holds the device's display against it. */

import { serviceStatusWord } from "../model/note.ts";
import type { ValueStatus } from "../model/status.ts";
import type { CheckRun } from "../sampling/collect.ts";
import type { Poll } from "./check.ts";
import { formatAge } from "./quantities.ts";
import { stateLabel } from "./state-label.ts";
import { formatStated, formatValue, pointBesideMetric } from "./stated-value.ts";
import { type Column, formatTable } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { heading: "POINT" },
  { heading: "VALUE", align: "right" },
  { heading: "UNIT" },
  { heading: "METRIC" },
  { heading: "AGE", align: "right" },
];

const RATE: Column = { heading: "CHANGE/S", align: "right" };

/** Lays the last poll out, and beside each value how fast it changed since the one before, where there was one. */
export function formatCheckTable(polls: readonly Poll[]): string {
  const last = polls.at(-1) ?? [];
  const before = polls.length > 1 ? polls[0] : undefined;
  const end = Math.max(...last.map((run) => run.at + run.duration_ms));
  return last.flatMap((run) => [...formatRun(run, before, end), ""]).join("\n");
}

function formatRun(run: CheckRun, before: Poll | undefined, end: number): string[] {
  const earlier = new Map(
    before?.find((one) => one.instance === run.instance)?.values.map((value) => [keyOf(value), value]),
  );
  const rows = run.values.map((value) => [
    pointBesideMetric(value),
    formatStated(formatValue(value.value), value.state),
    value.unit,
    value.metric,
    formatAge(end - value.at),
    ...(before === undefined ? [] : [formatRate(value, earlier.get(keyOf(value)))]),
  ]);
  const lines = [
    `${run.check}:${run.instance} [${stateLabel(serviceStatusWord(run.service_check.status))}] ${run.bus}`,
  ];
  if (run.device !== undefined) lines.push(`Device: ${run.device}`);
  if (rows.length > 0) lines.push(...formatTable(before === undefined ? COLUMNS : [...COLUMNS, RATE], rows));
  if (run.absent > 0) lines.push(`Points without a reading (none yet, or the device says so): ${run.absent}`);
  for (const { code, message } of run.faults) {
    lines.push(code === "INPUT_CHECK_WARNING" ? `Warning: ${message}` : `Error: ${message} (${code})`);
  }
  return lines;
}

function keyOf({ metric, tags }: ValueStatus): string {
  return [metric, ...tags].join("\n");
}

function formatRate(value: ValueStatus, earlier: ValueStatus | undefined): string {
  if (earlier === undefined || value.at <= earlier.at) return "";
  return formatValue((1000 * (value.value - earlier.value)) / (value.at - earlier.at));
}
