/**
 * What the live view draws, for `status --watch` and for the plant: one screen that someone who was woken up reads from
 * the top. First whether all is well, then what is not, then the machines, the ones in trouble before the others.
 */

import type { InstanceStatus, IntakeStatus, Status } from "../model/status.ts";
import { describeOddity } from "./filter-layout.ts";
import { describeRoom, describeTimeLeft } from "./log-room.ts";
import { formatAge, formatBytes, formatCount } from "./quantities.ts";
import { stateLabel } from "./state-label.ts";
import { namesOfTroubles } from "./status-summary.ts";
import { fitEnd, padEnd, wrap } from "./text-width.ts";
import { formatValueRows } from "./value-cells.ts";

/** Everything one screen is made of. */
export interface LiveView {
  /** What is watched, for the first line. */
  readonly title: string;
  /** Undefined while no gateway answers. */
  readonly status: Status | undefined;
  /** What else someone must know, such as that no gateway answers. */
  readonly notes: readonly string[];
  /** The last lines of a log, shown where there is room; empty where none can be seen. */
  readonly logLines: readonly string[];
}

/** A screen, and which of its pages is asked for: 0 is the overview, then comes each instance by itself. */
export interface LiveSize {
  readonly columns: number;
  readonly rows: number;
  readonly page: number;
}

const LABEL_WIDTH = 8;
const KEYS = "q ends, space turns pages";
/** Below this height every fact gets one line, and the log gives way to the machines. */
const ROOMY_ROWS = 16;
const LINES_PER_FACT = 3;
const FAULTS_MAX = 3;
/** Of the moment that begins a log line, only the time of day is worth its room. */
const LOG_DATE = /^\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)\.\d+Z/u;

/** Lays a screen out. Shape: at most `rows` lines, each padded to `columns`. */
export function layOutLive(view: LiveView, { columns, rows, page }: LiveSize): string[] {
  const { status } = view;
  const isRoomy = rows >= ROOMY_ROWS;
  const linesMax = isRoomy ? LINES_PER_FACT : 1;
  const fact = (label: string, text: string): string[] =>
    wrap(padEnd(label, LABEL_WIDTH) + text, columns, LABEL_WIDTH, linesMax);
  const head = [
    titleLine(view.title, columns),
    ...(status === undefined ? [] : verdictOf(status, columns)),
    ...view.notes.flatMap((note) => fact("Note", note)),
    ...(status === undefined ? [] : factsOf(status).flatMap(([label, text]) => fact(label, text))),
  ];
  const foot = isRoomy ? view.logLines.map((line) => line.replace(LOG_DATE, "$1")) : [];
  const gap = isRoomy ? [""] : [];
  const room = rows - head.length - (foot.length === 0 ? 0 : foot.length + gap.length) - gap.length;
  const body = status === undefined ? [] : machineLines(status, { columns, rows: room, page }, linesMax);
  const lines = [...head, ...gap, ...body, ...(foot.length === 0 ? [] : [...gap, ...foot])];
  return lines.slice(0, rows).map((line) => padEnd(fitEnd(line, columns), columns));
}

/** Says in one line how things stand, for output that is no terminal. */
export function formatLiveLine({ title, status, notes }: LiveView): string {
  const facts =
    status === undefined ? [] : factsOf(status).map(([label, text]) => `${label.toLowerCase()} ${text}`.trim());
  const verdict = status === undefined ? [] : [describeVerdict(status)];
  const faults = (status?.instances ?? []).flatMap((one) =>
    one.faults.slice(0, 1).map((fault) => `${one.check}:${one.instance}: ${fault.message}`),
  );
  const odd = (status?.instances ?? []).flatMap((one) => {
    const what = describeOddity(one.filter, status?.now ?? 0);
    return what === undefined ? [] : [`${one.check}:${one.instance}: ${what}`];
  });
  return [title, ...verdict, ...notes, ...facts, ...faults, ...odd]
    .map((part) => part.replace(/[.;]$/u, ""))
    .join("; ");
}

function titleLine(title: string, columns: number): string {
  const left = padEnd(title, columns - KEYS.length);
  return left.length + KEYS.length > columns ? title : `${left}${KEYS}`;
}

function verdictOf(status: Status, columns: number): string[] {
  return wrap(describeVerdict(status), columns, LABEL_WIDTH, 1);
}

function describeVerdict(status: Status): string {
  const names = namesOfTroubles(status);
  if (names.length > 0) return `Needs attention: ${names.join(", ")}`;
  const count = status.instances.length;
  return `All is well: ${count === 1 ? "1 instance is" : `${formatCount(count)} instances are`} read`;
}

/** What is said of one thing, with its label; a fact without one belongs to the one before. */
type Fact = readonly [label: string, text: string];

/** What is said of the gateway as a whole. */
function factsOf(status: Status): Fact[] {
  const { log, intakes, problems, clock_trusted: isClockTrusted } = status;
  const facts = intakes.flatMap((intake) => describeIntake(intake, status.now));
  const isDelivering = intakes.every(({ state }) => state === "delivering" || state === "idle");
  const left = isDelivering ? undefined : describeTimeLeft(log);
  const size = `${formatBytes(log.bytes)} of ${formatBytes(log.bytes_max)}`;
  const risk = `${formatCount(log.at_risk)} readings at risk`;
  facts.push(["Log", [describeRoom(log), ...(left === undefined ? [] : [left]), size, risk].join(", ")]);
  if (log.failure !== null)
    facts.push([
      "",
      `Error:${log.failure_since === null ? "" : ` for ${formatAge(status.now - log.failure_since)}:`} ${log.failure}`,
    ]);
  if (!isClockTrusted) facts.push(["Clock", "not set; readings are marked until the time is known"]);
  const count = formatCount(problems.length);
  if (problems.length > 0) facts.push(["Config", `${count} to mend: \`tidegate configcheck\` names them`]);
  return facts;
}

function describeIntake(intake: IntakeStatus, now: number): Fact[] {
  const { name, state, reason, books, next_attempt_in_ms: next, oldest_waiting_at: oldestAt } = intake;
  const oldest = oldestAt === null ? "" : ` (oldest ${formatAge(now - oldestAt)})`;
  const counts = `${formatCount(books.waiting)} waiting${oldest}, ${formatCount(books.delivered)} delivered`;
  const fact: Fact = ["Intake", `${name} ${state}, ${counts}`];
  if (reason === "") return [fact];
  return [fact, ["", `Error: ${reason}${next === null ? "" : `; next try in ${formatAge(next)}`}`]];
}

/** The instances, worst first, then what is odd; a page is one of them alone. */
function machineLines(status: Status, { columns, rows, page }: LiveSize, linesMax: number): string[] {
  const { instances, now } = status;
  if (instances.length === 0) return ["No check runs: `tidegate configcheck` says why."];
  const isOdd = ({ filter }: InstanceStatus): boolean => (filter?.odd ?? 0) > 0;
  const ordered = [
    ...instances.filter(({ state }) => state !== "OK"),
    ...instances.filter((instance) => instance.state === "OK" && isOdd(instance)),
    ...instances.filter((instance) => instance.state === "OK" && !isOdd(instance)),
  ];
  const pageCount = ordered.length + 1;
  const shown = ((page % pageCount) + pageCount) % pageCount;
  const chosen = shown === 0 ? ordered : ordered.slice(shown - 1, shown);
  const lines: string[] = [];
  for (const [index, instance] of chosen.entries()) {
    const left = chosen.length - index;
    const room = rows - lines.length - (left > 1 ? 1 : 0);
    if (room < 1) {
      lines.push(`and ${formatCount(left)} more: ${describeStates(chosen.slice(index))}`);
      break;
    }
    const heading = headingOf(instance, now);
    const faults = [...faultLines(instance, now, columns, linesMax), ...oddLines(instance, now, columns, linesMax)];
    const share = Math.min(room, Math.max(1 + faults.length, Math.floor((rows - lines.length) / left)));
    const { drawn, hiddenCount } = formatValueRows(
      instance.values,
      now,
      columns,
      Math.max(0, share - 1 - faults.length),
    );
    const more = hiddenCount === 0 ? "" : `, ${formatCount(hiddenCount)} more`;
    lines.push(...[`${heading}${more}`, ...faults, ...drawn].slice(0, share));
  }
  return lines;
}

function headingOf({ check, instance, state, last_poll: poll, last_success_at: readAt }: InstanceStatus, now: number) {
  const name = `${check}:${instance} [${stateLabel(state)}]`;
  if (poll === null) return `${name} not polled yet`;
  const since = readAt === null ? "never read in full" : `last read in full ${formatAge(now - readAt)} ago`;
  return `${name} ${state === "OK" ? "" : `${since}, `}polled ${formatAge(now - poll.at)} ago in ${poll.duration_ms} ms`;
}

function faultLines({ faults }: InstanceStatus, now: number, columns: number, linesMax: number): string[] {
  const lines = faults
    .slice(0, FAULTS_MAX)
    .flatMap(({ message, since }) =>
      wrap(`  Error: for ${formatAge(now - since)}: ${message}`, columns, LABEL_WIDTH + 1, linesMax),
    );
  const more = faults.length - FAULTS_MAX;
  return more > 0 ? [...lines, `  and ${formatCount(more)} more faults: \`tidegate status\` names them`] : lines;
}

function oddLines({ filter }: InstanceStatus, now: number, columns: number, linesMax: number): string[] {
  const odd = describeOddity(filter, now);
  return odd === undefined ? [] : wrap(`  Odd: ${odd}`, columns, LABEL_WIDTH + 1, linesMax);
}

function describeStates(instances: readonly InstanceStatus[]): string {
  const byState = Map.groupBy(instances, ({ state }) => stateLabel(state));
  return [...byState].map(([state, group]) => `${formatCount(group.length)} [${state}]`).join(", ");
}
