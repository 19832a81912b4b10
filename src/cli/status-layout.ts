/** What `status` prints: the Agent's layout, and beside each number what it means for someone at 3 a.m. */

import { formatProblem } from "../config/problems.ts";
import type { BooksStatus, InstanceStatus, IntakeStatus, Status } from "../model/status.ts";
import { describeRoom, describeTimeLeft } from "./log-room.ts";
import { formatAge, formatBytes, formatCount } from "./quantities.ts";
import { summarize } from "./status-summary.ts";

/** Lays a status out for a terminal of 80 columns. */
export function formatStatus(status: Status): string {
  return [
    ...title(`Tidegate (v${status.version})`),
    "",
    ...summarize(status).map((line) => `  ${line}`),
    "",
    `  Status date: ${formatMoment(status.now)}`,
    `  Gateway start: ${formatMoment(status.started_at)} (up ${formatAge(status.now - status.started_at)})`,
    `  Pid: ${status.pid}`,
    `  Hostname: ${status.hostname}`,
    `  Config File: ${status.config_file}`,
    `  Run Path: ${status.run_path}`,
    ...(status.clock_trusted ? [] : ["  Clock: NOT SET; samples are marked until the time is known"]),
    "",
    ...title("Collector"),
    "",
    "  Running Checks",
    "  ==============",
    ...(status.instances.length === 0 ? [`    ${describeNoChecks(status)}`] : []),
    ...status.instances.flatMap((instance) => formatInstance(instance, status.now)),
    "",
    ...title("Log"),
    "",
    ...formatLog(status),
    "",
    ...title("Intakes"),
    ...status.intakes.flatMap((intake) => formatIntake(intake, status.now)),
    ...formatProblems(status),
    "",
  ].join("\n");
}

function describeNoChecks({ problems }: Status): string {
  return problems.length > 0
    ? "No check runs; the reasons are under Config Errors below."
    : "No check is configured; `tidegate configcheck` says where to begin.";
}

function title(text: string): string[] {
  const rule = "=".repeat(text.length);
  return [rule, text, rule];
}

function formatInstance(instance: InstanceStatus, now: number): string[] {
  const name = `${instance.check} (${instance.profile ?? "no profile"})`;
  const poll = instance.last_poll;
  const lines = [
    "",
    `    ${name}`,
    `    ${"-".repeat(name.length)}`,
    `      Instance ID: ${instance.check}:${instance.instance} [${instance.state}]`,
    `      Bus: ${instance.bus}`,
    `      Total Runs: ${formatCount(instance.polls)}, every ${instance.interval_s} s`,
  ];
  if (instance.failed_polls > 0) lines.push(`      Runs With Faults: ${formatCount(instance.failed_polls)}`);
  if (instance.late_polls > 0) lines.push(`      Runs Left Out: ${formatCount(instance.late_polls)} (bus too slow)`);
  lines.push(
    `      Metric Samples: Last Run: ${poll?.readings ?? 0}, Total: ${formatCount(instance.sampled)} in ${instance.series} series`,
    `      Average Execution Time : ${instance.average_duration_ms}ms`,
    `      Last Execution Date : ${formatPast(poll?.at ?? null, now)}`,
    `      Last Successful Execution Date : ${formatPast(instance.last_success_at, now)}`,
  );
  for (const fault of instance.faults) {
    lines.push(`      Error: ${fault.message}`);
    lines.push(`        since ${formatAge(now - fault.since)}, ${inARow(fault.polls)} (${fault.code})`);
  }
  return lines;
}

function formatPast(at: number | null, now: number): string {
  return at === null ? "Never" : `${formatMoment(at)}, ${formatAge(now - at)} ago`;
}

function inARow(polls: number): string {
  return polls === 1 ? "1 poll" : `${formatCount(polls)} polls in a row`;
}

function formatLog({ log }: Status): string[] {
  const share = log.bytes_max > 0 ? ((100 * log.bytes) / log.bytes_max).toFixed(1) : "0";
  const left = describeTimeLeft(log);
  return [
    `  Path: ${log.path}`,
    `  Size: ${formatBytes(log.bytes)} of ${formatBytes(log.bytes_max)} (${share} %)`,
    `  Samples on disk since the log began: ${formatCount(log.durable)}`,
    `  Samples at risk if the power fails now: ${formatCount(log.at_risk)}`,
    `  Room: ${[describeRoom(log), ...(left === undefined ? [] : [`${left} when nothing is delivered`])].join(", ")}`,
    ...(log.failure === null ? [] : [`  Error: ${log.failure}; samples are held in memory and written when it heals`]),
  ];
}

function formatIntake(intake: IntakeStatus, now: number): string[] {
  const lines = [
    "",
    `  ${intake.name} (${intake.url})`,
    `  ${"-".repeat(intake.name.length + intake.url.length + 3)}`,
    `    State: ${intake.state}${intake.reason === "" ? "" : `: ${intake.reason}`}`,
    `    Payloads: ${formatCount(intake.payloads)} accepted of ${formatCount(intake.attempts)} attempts, ${formatBytes(intake.wire_bytes)}`,
    `    Last Accepted: ${intake.last_accepted_at === null ? "Never" : `${formatAge(now - intake.last_accepted_at)} ago`}`,
  ];
  if (intake.next_attempt_in_ms !== null) lines.push(`    Next Attempt: in ${formatAge(intake.next_attempt_in_ms)}`);
  if (intake.oldest_waiting_at !== null) {
    lines.push(`    Oldest Waiting: ${formatAge(now - intake.oldest_waiting_at)} old`);
  }
  return [...lines, ...formatBooks(intake.books)];
}

function formatBooks(books: BooksStatus): string[] {
  const dropped = Object.entries(books.dropped).map(([reason, count]) => `${formatCount(count)} ${reason}`);
  const { too_old: tooOld, log_full: logFull, unreadable } = books.expired;
  const rows: [string, number, string][] = [
    ["sampled", books.sampled, ""],
    ["dropped", sum(Object.values(books.dropped)), dropped.join(", ")],
    ["delivered", books.delivered, ""],
    ["collapsed", books.collapsed, "a later value of the same second went instead"],
    ["thinned", books.thinned, ""],
    ["expired", tooOld + logFull + unreadable, `${tooOld} too old, ${logFull} log full, ${unreadable} unreadable`],
    ["rejected", books.rejected, "refused one by one and set aside"],
    ["waiting", books.waiting, "in the log, to be delivered"],
  ];
  const lines = ["    Books:"];
  for (const [word, count, meaning] of rows) {
    if (count === 0 && !["sampled", "delivered", "waiting"].includes(word)) continue;
    lines.push(`      ${word.padEnd(10)}${formatCount(count).padStart(15)}${meaning === "" ? "" : `  ${meaning}`}`);
  }
  return lines;
}

function formatProblems({ problems }: Status): string[] {
  if (problems.length === 0) return [];
  return ["", ...title("Config Errors"), "", ...problems.map((problem) => formatProblem(problem))];
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Writes a moment of the wall clock to the second. Units: milliseconds since 1970 in. */
export function formatMoment(at: number): string {
  return `${new Date(at).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}
