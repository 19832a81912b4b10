/** What `status --watch` draws: the gateway on one screen of 80 columns. */

import type { InstanceStatus, IntakeStatus, Status } from "../model/status.ts";
import { formatValue, pointOf } from "./check-table.ts";
import { formatAge, formatBytes, formatCount } from "./quantities.ts";
import { formatTable } from "./table.ts";

const WIDTH = 80;

/** Values of one instance that are drawn; `check --table` shows all. */
const VALUE_COUNT_MAX = 8;

/**
 * Lays a status out, what needs someone before what is well.
 *
 * Limits: lines of 80 columns, and no more of them than `rows`; what is longer ends in an ellipsis. Leaving `rows` out
 * means all lines.
 */
export function formatWatch(status: Status, rows = Number.POSITIVE_INFINITY): string {
  const { now, log, problems, intakes, instances } = status;
  const share = log.bytes_max > 0 ? ((100 * log.bytes) / log.bytes_max).toFixed(1) : "0";
  const lines = [
    `Tidegate ${status.version} on ${status.hostname}, up ${formatAge(now - status.started_at)}; Ctrl-C ends`,
    ...(status.clock_trusted ? [] : ["Warning: the clock is not set; samples are marked until the time is known"]),
    `Log     ${formatBytes(log.bytes)} of ${formatBytes(log.bytes_max)} (${share} %), ${formatCount(log.at_risk)} samples not on disk yet`,
    ...(log.failure === null ? [] : [`        Error: ${log.failure}`]),
    ...intakes.flatMap(formatIntake),
    ...(problems.length === 0 ? [] : [`Config  ${problems.length} to mend: \`tidegate configcheck\` names them`]),
    ...[...instances.filter(({ state }) => state !== "OK"), ...instances.filter(({ state }) => state === "OK")].flatMap(
      (instance) => ["", ...formatInstance(instance, now)],
    ),
  ];
  // The line break after the last line takes one row: with it the screen would scroll.
  const shown = lines.length < rows ? lines : [...lines.slice(0, rows - 2), "…"];
  return `${shown.map(cut).join("\n")}\n`;
}

function formatInstance(instance: InstanceStatus, now: number): string[] {
  const { values, faults, last_poll: poll } = instance;
  const age = poll === null ? "not polled yet" : `polled ${formatAge(now - poll.at)} ago in ${poll.duration_ms} ms`;
  const lines = [`${instance.check}:${instance.instance} [${instance.state}] ${age}`];
  for (const fault of faults) lines.push(`  Error: ${fault.message}`);
  const rows = values
    .slice(0, VALUE_COUNT_MAX)
    .map((value) => [`  ${pointOf(value)}`, formatValue(value.value), value.unit, formatAge(now - value.at)]);
  const columns = [
    { heading: "  POINT" },
    { heading: "VALUE", align: "right" as const },
    { heading: "UNIT" },
    { heading: "AGE", align: "right" as const },
  ];
  if (rows.length > 0) lines.push(...formatTable(columns, rows).filter((_, index) => index !== 1));
  if (values.length > rows.length) lines.push(`  and ${values.length - rows.length} more`);
  return lines;
}

function formatIntake({ name, state, reason, books, next_attempt_in_ms: next }: IntakeStatus): string[] {
  const lines = [
    `Intake  ${name} ${state}, ${formatCount(books.delivered)} delivered, ${formatCount(books.waiting)} waiting`,
  ];
  if (reason !== "") lines.push(`        Error: ${reason}`);
  if (next !== null && state !== "delivering") lines.push(`        next attempt in ${formatAge(next)}`);
  return lines;
}

function cut(line: string): string {
  return line.length <= WIDTH ? line : `${line.slice(0, WIDTH - 1)}…`;
}
