/** What `status` prints: the Agent's layout, and beside each number what it means for someone at 3 a.m. */

import { formatProblem } from "../config/problems.ts";
import type {
  BooksStatus,
  DeviceLineStatus,
  EventStatus,
  InstanceStatus,
  IntakeStatus,
  LogStatus,
  Status,
} from "../model/status.ts";
import { formatFilter } from "./filter-layout.ts";
import { describeAssumption, describeRoom, describeTimeLeft, describeWear } from "./log-room.ts";
import { formatQuality } from "./quality-layout.ts";
import { formatAge, formatBytes, formatCount, formatDuration } from "./quantities.ts";
import { stateLabel } from "./state-label.ts";
import { formatStates } from "./stated-value.ts";
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
    ...formatClock(status),
    "",
    ...title("Collector"),
    "",
    "  Running Checks",
    "  ==============",
    ...(status.instances.length === 0 ? [`    ${describeNoChecks(status)}`] : []),
    ...[...Map.groupBy(status.instances, ({ check }) => check)].flatMap(([name, instances]) =>
      formatCheck(name, instances, status.now),
    ),
    ...formatBuses(status),
    ...formatProblems(status),
    "",
    ...title("Log"),
    "",
    ...formatLog(status),
    "",
    ...title("Intakes"),
    ...status.intakes.flatMap((intake) => formatIntake(intake, status.now)),
    "",
  ].join("\n");
}

function formatClock({ clock_trusted: isTrusted, clock_basis: basis }: Status): string[] {
  return isTrusted ? [`  Clock: trusted; ${basis}`] : ["  Clock: NOT SET, so samples wait;", `    ${basis}`];
}

/** Before the clock is right, the age of what an earlier boot sampled is not known. */
function formatUnplaced({ oldest_at: oldestAt, unplaced }: LogStatus): string[] {
  if (unplaced === 0) return [];
  const lines = [`  Waiting for the clock: ${formatCount(unplaced)} samples; they get their moments once it is set`];
  return oldestAt === null
    ? [...lines, "    the oldest are of an earlier boot, and nobody knows their age yet"]
    : lines;
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

/** The instances of one check, under its name as the Agent puts them. */
function formatCheck(name: string, instances: readonly InstanceStatus[], now: number): string[] {
  const blocks = instances.flatMap((instance) => [...formatInstance(instance, now), ""]);
  return ["", `    ${name}`, `    ${"-".repeat(name.length)}`, ...blocks.slice(0, -1)];
}

const NO_EVENTS = { last_run: 0, total: 0 };

function formatInstance(instance: InstanceStatus, now: number): string[] {
  const { last_poll: poll, events = NO_EVENTS, service_checks: said, profile } = instance;
  const lines = [
    `      Instance ID: ${instance.check}:${instance.instance} [${stateLabel(instance.state)}]`,
    `      Configuration Source: file:${instance.source}`,
    ...(profile === null ? [] : [`      Profile: ${profile}`]),
    `      Bus: ${instance.bus}`,
    ...(instance.device === undefined ? [] : [`      Device: ${instance.device}`]),
    `      Interval: ${instance.interval_s}s`,
    `      Total Runs: ${formatCount(instance.polls)}`,
  ];
  if (instance.failed_polls > 0) lines.push(`      Runs With Faults: ${formatCount(instance.failed_polls)}`);
  if (instance.late_polls > 0)
    lines.push(
      `      Runs Left Out: ${formatCount(instance.late_polls)} (the run before, or its wait for the bus, took too long)`,
    );
  lines.push(
    `      Metric Samples: Last Run: ${formatCount(poll?.readings ?? 0)}, Total: ${formatCount(instance.sampled)}`,
    `      Series: ${formatCount(instance.series)}`,
    `      Events: Last Run: ${formatCount(events.last_run)}, Total: ${formatCount(events.total)}`,
    `      Service Checks: Last Run: ${said.last_run}, Total: ${formatCount(said.total)}`,
    `      Average Execution Time : ${formatDuration(instance.average_duration_ms)}`,
    `      Last Execution Date : ${formatExecution(poll?.at ?? null)}`,
    `      Last Successful Execution Date : ${formatExecution(instance.last_success_at)}`,
  );
  lines.push(...formatStates(instance.values).map((line) => `      ${line}`));
  lines.push(...formatFilter(instance.filter, now).map((line) => `      ${line}`));
  lines.push(...formatQuality(instance.quality, now).map((line) => `      ${line}`));
  for (const fault of instance.faults) {
    lines.push(`      Error: ${fault.message}`);
    lines.push(`        since ${formatAge(now - fault.since)}, ${inARow(fault.polls)} (${fault.code})`);
  }
  return lines;
}

/** Writes when a check ran, as the Agent does: for people, and in milliseconds for scripts. Units: milliseconds in. */
export function formatExecution(at: number | null): string {
  return at === null ? "Never" : `${formatMoment(at)} (${at})`;
}

function inARow(polls: number): string {
  return polls === 1 ? "1 poll" : `${formatCount(polls)} polls in a row`;
}

function formatLog({ log, now }: Status): string[] {
  const share = log.bytes_max > 0 ? ((100 * log.bytes) / log.bytes_max).toFixed(1) : "0";
  const line = (name: string, text: string | undefined): string[] => (text === undefined ? [] : [`  ${name}: ${text}`]);
  const assumption = describeAssumption(log);
  const atMost = log.at_risk_max === null ? "" : `, at most ${formatCount(log.at_risk_max)} at this rate`;
  return [
    `  Path: ${log.path}`,
    `  Size: ${formatBytes(log.bytes)} of ${formatBytes(log.bytes_max)} (${share} %)`,
    `  Samples written since the log began: ${formatCount(log.written)}`,
    `  Samples at risk if the power fails now: ${formatCount(log.at_risk)}${atMost}`,
    `  Room: ${describeRoom(log)}`,
    ...(log.stands_in === undefined ? [] : [`  Warning: ${log.stands_in.reason}`, `    ${log.stands_in.remedy}`]),
    ...(assumption === undefined ? [] : [`    ${assumption}`]),
    ...line("Without Delivery", describeTimeLeft(log)),
    ...line("History", log.oldest_at === null ? undefined : describeHistory(log.oldest_at, now)),
    ...formatUnplaced(log),
    ...line("Disk", describeWear(log)),
    ...log.losses.map((loss) => `  Lost: ${describeLosses(loss)}`),
    ...formatFailure(log, now),
  ];
}

function describeHistory(oldestAt: number, now: number): string {
  return `back to ${formatMoment(oldestAt)} (${formatAge(now - oldestAt)})`;
}

function describeLosses({ reason, count, from_at: from, to_at: to }: LogStatus["losses"][number]): string {
  const minute = (at: number): string => formatMoment(at).slice(0, 16);
  return `${formatCount(count)} ${reason}, ${minute(from)} to ${minute(to)} UTC`;
}

function formatFailure({ failure, failure_since: since, held }: LogStatus, now: number): string[] {
  if (failure === null) return [];
  const age = since === null ? "" : ` for ${formatAge(now - since)}`;
  const lines = [`  Error: ${failure}`, `    not written${age}: samples are held in memory, and written when it heals`];
  if (held === undefined) return lines;
  const room = `${formatBytes(held.bytes)} of ${formatBytes(held.bytes_max)}`;
  return [...lines, `    memory for that: ${room}; when it is full, readings are dropped and counted`];
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
  if ((intake.metered?.text ?? "") !== "") lines.push(`    Uplink: ${intake.metered?.text}`);
  if (intake.lanes !== undefined) lines.push(...formatLanes(intake.lanes, now));
  if (intake.notes !== undefined) lines.push(...formatEvents(intake.notes.events));
  return [...lines, ...formatSetAside(intake.set_aside), ...formatBooks(intake.books)];
}

/** Nothing while all goes in order. */
function formatLanes({ live, backfill }: NonNullable<IntakeStatus["lanes"]>, now: number): string[] {
  if (backfill === null) return [];
  const { waiting, held, gaps, rate_per_s: rate, left_s: left, reason } = backfill;
  const oldest = live.oldest_at === null ? "" : `, the oldest ${formatAge(now - live.oldest_at)} old`;
  const pace = rate === null ? "" : `, ${formatCount(Math.round(rate))} a second`;
  const end = left === null || left === 0 ? "" : `, ${formatAge(1000 * left)} left`;
  const places = gaps === 1 ? "1 gap" : `${formatCount(gaps)} gaps`;
  const lines = [
    `    Live: ${formatCount(live.waiting)} waiting${oldest}`,
    `    Backfill: ${formatCount(waiting)} waiting in ${places}${pace}${end}`,
  ];
  if (held > 0) lines.push(`      ${formatCount(held)} are too old for the intake and held until it takes them`);
  if (reason !== "") lines.push(`      Error: ${reason}`);
  return lines;
}

/** One line, and a second one while what waits is not taken. */
function formatEvents({ delivered, waiting, expired, rejected, lost, reason }: EventStatus): string[] {
  const rare = { expired, rejected, lost };
  const counts = Object.entries(rare).map(([word, count]) => (count > 0 ? `, ${formatCount(count)} ${word}` : ""));
  const lines = [`    Events: ${formatCount(delivered)} delivered, ${formatCount(waiting)} waiting${counts.join("")}`];
  if (reason !== "" && waiting > 0) lines.push(`      not taken: ${reason}`);
  return lines;
}

/** Says where to look; nothing where nothing is set aside. */
function formatSetAside(count = 0): string[] {
  if (count === 0) return [];
  return [`    Set Aside: ${formatCount(count)} refused; \`tidegate log quarantine list\` says why`];
}

function formatBooks(books: BooksStatus): string[] {
  const dropped = Object.entries(books.dropped).map(([reason, count]) => `${formatCount(count)} ${reason}`);
  const { too_old: tooOld, log_full: logFull, unreadable } = books.expired;
  const rows: [string, number, string][] = [
    ["sampled", books.sampled, ""],
    ["dropped", sum(Object.values(books.dropped)), dropped.join(", ")],
    ["delivered", books.delivered, ""],
    ["collapsed", books.collapsed, "a later value of the same second went instead"],
    ["thinned", books.thinned, "ordinary, so the filter left them out; kept as history"],
    ["held back", books.held_back ?? 0, "by the budget of the uplink or clock.untrusted; kept as history"],
    ["expired", tooOld + logFull + unreadable, `${tooOld} too old, ${logFull} log full, ${unreadable} unreadable`],
    ["rejected", books.rejected, "refused one by one"],
    ["waiting", books.waiting, "in the log, to be delivered"],
  ];
  const lines = ["    Books:"];
  for (const [word, count, meaning] of rows) {
    if (count === 0 && !["sampled", "delivered", "waiting"].includes(word)) continue;
    lines.push(`      ${word.padEnd(10)}${formatCount(count).padStart(15)}${meaning === "" ? "" : `  ${meaning}`}`);
  }
  return lines;
}

/** How busy each bus is, and what came of asking each of its devices. */
function formatBuses({ buses = [] }: Status): string[] {
  if (buses.length === 0) return [];
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  const blocks = buses.flatMap(({ bus, utilisation, predicted_utilisation: predicted, warning, notice, devices }) => [
    "",
    `    ${bus}`,
    `    ${"-".repeat(bus.length)}`,
    [
      `      In Use: ${utilisation === null ? "not measured yet" : `${percent(utilisation)} of the last minute`}`,
      ...(predicted === null ? [] : [`${percent(predicted)} predicted`]),
    ].join(", "),
    ...(warning === null ? [] : [`      Warning: ${warning}`]),
    ...(notice === undefined ? [] : [`      Warning: ${notice.found} ${notice.remedy}`]),
    ...devices.flatMap(formatDevice),
  ]);
  return ["", "  Buses", "  =====", ...blocks];
}

function formatDevice(device: DeviceLineStatus): string[] {
  const rare = [
    [device.timeouts, "timeouts"],
    [device.checksum_errors, "wrong checksums"],
    [device.cut_short, "cut short"],
    [device.late, "late"],
    [device.strangers, "of another unit"],
    [device.noise_bytes, "bytes of noise"],
  ] as const;
  const told = rare.flatMap(([count, word]) => (count > 0 ? [`, ${formatCount(count)} ${word}`] : []));
  const line = `      ${device.device}: ${formatCount(device.requests)} requests${told.join("")}`;
  return device.warning === null ? [line] : [line, `        Warning: ${device.warning}`];
}

/** What keeps checks from running, by check; what concerns no single one is under the name of its file. */
function formatProblems({ problems }: Status): string[] {
  if (problems.length === 0) return [];
  const byName = Map.groupBy(problems, ({ check, file }) => check ?? file);
  const blocks = [...byName].flatMap(([name, group]) => [
    "",
    `    ${name}`,
    `    ${"-".repeat(name.length)}`,
    ...group.flatMap((problem) => formatProblem(problem).split("\n")).map((line) => `      ${line}`),
  ]);
  return ["", "  Config Errors", "  =============", ...blocks];
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Writes a moment of the wall clock to the second. Units: milliseconds since 1970 in. */
export function formatMoment(at: number): string {
  return `${new Date(at).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}
