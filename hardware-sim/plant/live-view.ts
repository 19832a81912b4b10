/** What the terminal shows while the plant runs, as lines of text; nothing here touches a terminal. */

import type { InstanceStatus, Status, ValueStatus } from "../../src/model/status.ts";
import { PLANT_INTAKE } from "./config-files.ts";
import { valueLabels } from "./value-labels.ts";

/** Everything one screen is made of. */
export interface PlantView {
  readonly elapsedSeconds: number;
  /** Undefined when the plant runs until someone ends it. */
  readonly seconds: number | undefined;
  readonly seed: number;
  /** Undefined until the gateway answers. */
  readonly status: Status | undefined;
  readonly intake: {
    readonly isAway: boolean;
    readonly points: number;
    readonly distinct: number;
    readonly violations: number;
  };
  /** The gateway's last log lines. */
  readonly logLines: readonly string[];
}

/** A line and how it stands out. */
export interface ViewLine {
  readonly text: string;
  readonly look: "plain" | "strong" | "faint" | "alarm";
}

/** Columns a reader of any terminal has; a wider one shows no more. */
const COLUMNS_MAX = 80;
const LABEL_LENGTH_MAX = 18;
const LOG_LINES_MAX = 3;
/** Of the moment that begins a log line, only the time of day is worth its room. */
const LOG_DATE = /^\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)\.\d+Z/;
const FAULTS_MAX = 3;

/** Draws one screen. Shape: at most `rows` lines of at most `columns` characters. */
export function renderView(view: PlantView, columns: number, rows: number): readonly ViewLine[] {
  const width = Math.min(columns, COLUMNS_MAX);
  const head = [line(titleOf(view, width), "strong"), line("")];
  const tail = [line(""), ...bookLines(view), ...faultLines(view), ...logLines(view)];
  const room = Math.max(0, rows - head.length - tail.length);
  const body = machineLines(view, room, width);
  return [...head, ...body, ...tail]
    .slice(0, rows)
    .map(({ text, look }) => ({ text: text.length > width ? `${text.slice(0, width - 1)}…` : text, look }));
}

/** Says in one line how things stand, for output that is not a terminal. */
export function formatProgress(view: PlantView): string {
  const books = booksOf(view.status);
  const gateway =
    books === undefined
      ? "the gateway is starting"
      : `sampled ${books.sampled}, delivered ${books.delivered}, waiting ${books.waiting}`;
  const intake = `intake ${view.intake.isAway ? "away" : "open"} with ${view.intake.distinct} points`;
  const faults = faultsOf(view.status);
  return `${formatClock(view.elapsedSeconds)}  ${gateway}; ${intake}; ${faults[0] ?? "no faults"}`;
}

function titleOf(view: PlantView, width: number): string {
  const until = view.seconds === undefined ? "" : ` of ${formatClock(view.seconds)}`;
  const left = `Tidegate plant   ${formatClock(view.elapsedSeconds)}${until}   seed ${view.seed}`;
  const right = "q or Ctrl-C ends it";
  return `${left}${right.padStart(Math.max(right.length + 2, width - left.length))}`;
}

/** Each machine gets its title and a fair share of the rows that are left for values. */
function machineLines(view: PlantView, room: number, width: number): readonly ViewLine[] {
  const instances = view.status?.instances ?? [];
  if (view.status === undefined) return [line("The gateway is starting.")];
  const lines: ViewLine[] = [];
  let roomLeft = room;
  const cellCount = width < COLUMNS_MAX ? 1 : 2;
  for (const [index, instance] of instances.entries()) {
    const share = Math.floor(roomLeft / (instances.length - index));
    const drawn = machineBlock(instance, view.status.now, share, cellCount);
    roomLeft -= drawn.length;
    lines.push(...drawn);
  }
  return lines;
}

/** Two values share a row where the terminal has room for both. */
function machineBlock(instance: InstanceStatus, now: number, rows: number, cellCount: 1 | 2): readonly ViewLine[] {
  const rowCount = Math.ceil(instance.values.length / cellCount);
  const shownRows = Math.max(0, Math.min(rowCount, rows - 1));
  const hidden = instance.values.length - Math.min(instance.values.length, cellCount * shownRows);
  const more = hidden === 0 ? "" : `   (${hidden} more)`;
  const title = `${instance.instance.padEnd(10)} ${instance.state.padEnd(9)}${instance.profile ?? ""}${more}`;
  const lines = [line(title, instance.state === "OK" ? "strong" : "alarm")];
  const labels = valueLabels(instance.values);
  for (let row = 0; row < shownRows; row += 1) {
    const places = Array.from({ length: cellCount }, (_, cell) => cellCount * row + cell);
    const cells = places.map((index) => formatCell(labels[index], instance.values[index], now));
    lines.push(line(`  ${cells.join("  ")}`.trimEnd()));
  }
  return lines;
}

/** Shape: 38 characters, so that two fit into 80. */
function formatCell(label: string | undefined, value: ValueStatus | undefined, now: number): string {
  if (label === undefined || value === undefined) return "";
  const name = fitLabel(label).padEnd(LABEL_LENGTH_MAX);
  const age = `${Math.max(0, (now - value.at) / 1000).toFixed(1)} s`;
  return `${name} ${formatNumber(value.value).padStart(8)} ${value.unit.slice(0, 4).padEnd(4)}${age.padStart(6)}`;
}

/** What is general in a metric's name comes first and is given up first. */
function fitLabel(label: string): string {
  let fitting = label;
  while (fitting.length > LABEL_LENGTH_MAX && fitting.includes(".")) fitting = fitting.slice(fitting.indexOf(".") + 1);
  return fitting.slice(0, LABEL_LENGTH_MAX);
}

function bookLines(view: PlantView): readonly ViewLine[] {
  const { status, intake } = view;
  const books = booksOf(status);
  const forwarding = status?.intakes.find(({ name }) => name === PLANT_INTAKE);
  const { durable = 0, at_risk: atRisk = 0 } = status?.log ?? {};
  const log = `${"log".padEnd(10)} waiting ${books?.waiting ?? 0}   durable ${durable}   on the way to disk ${atRisk}`;
  const state = intake.isAway ? "away" : (forwarding?.state ?? "open");
  const counts = `points ${intake.points}   distinct ${intake.distinct}   violations ${intake.violations}`;
  return [
    line(log),
    line(`${"intake".padEnd(10)} ${state}   ${counts}`, intake.isAway || intake.violations > 0 ? "alarm" : "plain"),
  ];
}

function faultLines(view: PlantView): readonly ViewLine[] {
  const faults = faultsOf(view.status);
  if (faults.length === 0) return [line(`${"faults".padEnd(10)} none`)];
  return faults.slice(0, FAULTS_MAX).map((fault) => line(`${"fault".padEnd(10)} ${fault}`, "alarm"));
}

function logLines(view: PlantView): readonly ViewLine[] {
  return view.logLines.slice(-LOG_LINES_MAX).map((text) => line(text.replace(LOG_DATE, "$1"), "faint"));
}

function faultsOf(status: Status | undefined): readonly string[] {
  const instances = status?.instances ?? [];
  return instances.flatMap(({ instance, faults }) => faults.map((fault) => `${instance}: ${fault.message}`));
}

function booksOf(status: Status | undefined) {
  return status?.intakes.find(({ name }) => name === PLANT_INTAKE)?.books;
}

function formatNumber(value: number): string {
  if (Math.abs(value) >= 100_000) return Math.abs(value) < 1e8 ? value.toFixed(0) : value.toExponential(2);
  return String(Number(value.toPrecision(5)));
}

function formatClock(seconds: number): string {
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60);
  return `${String(minutes).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

function line(text: string, look: ViewLine["look"] = "plain"): ViewLine {
  return { text, look };
}
