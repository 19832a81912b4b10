/**
 * The report of a run, written by the methods of `Check` in the process of the check. What breaks a rule is left out
 * and becomes a warning; what is too much is counted. Nothing here grows beyond a limit, whatever a check does.
 */

import { monotonicMillis } from "./check-clock.ts";
import { type Note, Notebook } from "./check-notebook.ts";
import {
  type CheckOrder,
  type MetricKind,
  READINGS_MAX,
  REPORT_LIMITS,
  type RunReport,
  type ToldReading,
  type ToldSeries,
} from "./check-words.ts";

const { name: NAME_MAX, tags: TAGS_MAX, text: TEXT_MAX, notes: NOTES_MAX } = REPORT_LIMITS;
const { warnings: WARNINGS_MAX, lines: LINES_MAX, line: LINE_MAX } = REPORT_LIMITS;

/** Of names, tags and texts of one run together. */
const CHARACTERS_MAX = 2_000_000;

/** A number below is a moment in seconds. */
const SECONDS_BELOW = 100_000_000_000;

const CONTROL = /\p{Cc}/u;
const STATUS_WORDS: readonly string[] = ["ok", "warning", "critical", "unknown"];
const ALERT_TYPES = ["info", "warning", "error", "success"] as const;

type Mutable<Report> = { -readonly [Key in keyof Report]: Report[Key] };

/** What is gathered until the report is taken. */
interface Gathered {
  readonly series: ToldSeries[];
  readonly readings: ToldReading[];
  readonly serviceChecks: RunReport["serviceChecks"][number][];
  readonly events: RunReport["events"][number][];
  readonly warnings: Set<string>;
  readonly lines: string[];
  readonly lost: Mutable<RunReport["lost"]>;
  characters: number;
  warningsLeftOut: number;
  linesLeftOut: number;
}

/** The report of the check of this process, which has but one. */
export class CheckReport {
  readonly name: string;
  readonly initConfig: CheckOrder["initConfig"];
  readonly instance: CheckOrder["instance"];
  readonly #seriesMax: number;
  readonly #numbers = new Map<string, number>();
  readonly #notebook: Notebook;
  #gathered = startGathering();
  #line = "";

  /** Leaving out `notebook` means that nothing is written down before a run is over. */
  constructor({ name, initConfig, instance, seriesMax }: CheckOrder, notebook = new Notebook(false)) {
    this.#notebook = notebook;
    this.name = name;
    this.initConfig = initConfig;
    this.instance = instance;
    this.#seriesMax = seriesMax;
  }

  /** A run begins; what was told before it counts as told in it. */
  begin(): void {
    const { series, readings, serviceChecks, events, warnings, lines, lost } = this.#gathered;
    const told = { series, readings, serviceChecks, events, warnings: [...warnings], lines };
    const notes = Object.entries(told).flatMap(([key, items]) => items.map((item) => [key, item] as unknown as Note));
    this.#notebook.begin(notes, lost);
  }

  /** Takes a reading. Whatever a check hands in comes here as it is. */
  metric(kind: MetricKind, name: unknown, value: unknown, options: unknown = {}): void {
    const toldAt = monotonicMillis();
    const { readings } = this.#gathered;
    const called = typeof name === "string" ? cut(name, 60) : describe(name);
    const complain = (what: string): void => this.warning(`${methodOf(kind)} of ${called}: ${what}`);
    const fit = this.#checkName(name, complain);
    const number = toNumber(value);
    const keys = this.#checkOptions(options, complain);
    if (fit === undefined || keys === undefined) return;
    if (number === undefined) {
      this.#lose("notANumber");
      complain(`the value is ${describe(value)}, expected a finite number.`);
      return;
    }
    const at = toMoment(keys["at"]);
    if (typeof at === "string") {
      complain(at);
      return;
    }
    if (readings.length >= READINGS_MAX) {
      this.#lose("flood");
      return;
    }
    const unit = typeof keys["unit"] === "string" ? cut(keys["unit"], NAME_MAX) : "";
    const series = this.#number({ kind, name: fit, tags: this.#checkTags(keys["tags"], complain), unit });
    if (series === undefined) return;
    const reading: ToldReading = [series, number, toldAt, at, keys["flushFirstValue"] === true ? 1 : 0];
    readings.push(reading);
    this.#notebook.note("readings", reading);
  }

  /** Takes the state of something. */
  serviceCheck(name: unknown, status: unknown, options: unknown = {}): void {
    const complain = (what: string): void => this.warning(`serviceCheck of ${describe(name)}: ${what}`);
    const fit = this.#checkName(name, complain);
    const number = typeof status === "string" ? STATUS_WORDS.indexOf(status.toLowerCase()) : status;
    const keys = this.#checkOptions(options, complain);
    if (fit === undefined || keys === undefined) return;
    if (number !== 0 && number !== 1 && number !== 2 && number !== 3) {
      complain(`the status is ${describe(status)}, expected Check.OK, .WARNING, .CRITICAL or .UNKNOWN.`);
      return;
    }
    const message = this.#text(keys["message"]);
    const tags = this.#checkTags(keys["tags"], complain);
    if (!this.#hasRoom(this.#gathered.serviceChecks, fit.length + message.length, complain)) return;
    const told: RunReport["serviceChecks"][number] = { name: fit, status: number, tags, message };
    this.#gathered.serviceChecks.push(told);
    this.#notebook.note("serviceChecks", told);
  }

  /** Takes what happened. */
  event(event: unknown): void {
    const complain = (what: string): void => this.warning(`event: ${what}`);
    const keys = this.#checkOptions(event, complain);
    if (keys === undefined) return;
    const title = this.#text(keys["title"] ?? keys["msg_title"]);
    const text = this.#text(keys["text"] ?? keys["msg_text"]);
    if (title === "" && text === "") {
      complain("it has neither a title nor a text; give it { title, text }.");
      return;
    }
    const alert = keys["alert_type"] ?? keys["alertType"] ?? "info";
    const alertType = ALERT_TYPES.find((each) => each === alert);
    if (alertType === undefined) complain(`alert_type is ${describe(alert)}, expected ${ALERT_TYPES.join(", ")}.`);
    const stamp = keys["timestamp"];
    const at = typeof stamp === "number" && Number.isFinite(stamp) && stamp > 0 ? stamp * 1000 : null;
    const aggregationKey = this.#text(keys["aggregation_key"] ?? keys["aggregationKey"]);
    const tags = this.#checkTags(keys["tags"], complain);
    if (!this.#hasRoom(this.#gathered.events, title.length + text.length, complain)) return;
    const told = { title, text, alertType: alertType ?? ("info" as const), aggregationKey, tags, at };
    this.#gathered.events.push(told);
    this.#notebook.note("events", told);
  }

  /** Takes a warning; the same one counts once in a run. */
  warning(text: unknown): void {
    const { warnings } = this.#gathered;
    const said = cut(oneLine(typeof text === "string" ? text : describe(text)), LINE_MAX);
    if (warnings.has(said)) return;
    if (warnings.size >= WARNINGS_MAX) {
      this.#gathered.warningsLeftOut += 1;
      return;
    }
    warnings.add(said);
    this.#notebook.note("warnings", said);
  }

  /** Takes what the check prints. */
  print(chunk: string): void {
    const lines = `${this.#line}${chunk}`.split("\n");
    this.#line = cut(lines.pop() ?? "", LINE_MAX);
    for (const line of lines) this.#addLine(line);
  }

  /** Gives what was told since the last time, and begins anew. */
  take(error?: string): RunReport {
    if (this.#line !== "") this.#addLine(this.#line);
    this.#line = "";
    const { warnings, warningsLeftOut, lines, linesLeftOut, characters: _, ...told } = this.#gathered;
    this.#gathered = startGathering();
    const moreWarnings = warningsLeftOut === 0 ? [] : [`${warningsLeftOut} more warnings in one run.`];
    const moreLines = linesLeftOut === 0 ? [] : [`... ${linesLeftOut} more lines in one run`];
    return {
      ...told,
      warnings: [...warnings, ...moreWarnings],
      lines: [...lines, ...moreLines],
      ...(error === undefined ? {} : { error: cut(error, TEXT_MAX) }),
    };
  }

  #addLine(line: string): void {
    const { lines } = this.#gathered;
    if (lines.length >= LINES_MAX) {
      this.#gathered.linesLeftOut += 1;
      return;
    }
    const said = cut(oneLine(line), LINE_MAX);
    lines.push(said);
    this.#notebook.note("lines", said);
  }

  #lose(why: keyof RunReport["lost"]): void {
    const { lost } = this.#gathered;
    lost[why] += 1;
    this.#notebook.count(lost);
  }

  /** Numbers a series; undefined where there is no room for one more. */
  #number(series: ToldSeries): number | undefined {
    const key = JSON.stringify([series.kind, series.name, series.unit, series.tags]);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const gathered = this.#gathered;
    if (this.#numbers.size >= this.#seriesMax) {
      this.#lose("seriesLimit");
      return undefined;
    }
    if (gathered.characters + key.length > CHARACTERS_MAX) {
      this.#lose("flood");
      return undefined;
    }
    gathered.characters += key.length;
    gathered.series.push(series);
    this.#notebook.note("series", series);
    this.#numbers.set(key, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  #checkName(name: unknown, complain: (what: string) => void): string | undefined {
    const isFit = typeof name === "string" && name !== "" && name.length <= NAME_MAX && !CONTROL.test(name);
    if (isFit) return name;
    complain(`the name is ${describe(name)}, expected a text of 1 to ${NAME_MAX} characters.`);
    return undefined;
  }

  #checkOptions(options: unknown, complain: (what: string) => void): Readonly<Record<string, unknown>> | undefined {
    if (typeof options === "object" && options !== null && !Array.isArray(options)) return { ...options };
    complain(`found ${describe(options)}, expected an object, as in { tags: ["line:3"] }.`);
    return undefined;
  }

  #checkTags(tags: unknown, complain: (what: string) => void): readonly string[] {
    if (tags === undefined || tags === null) return [];
    if (!Array.isArray(tags)) {
      complain(`tags is ${describe(tags)}, expected a list, as in ["line:3"].`);
      return [];
    }
    const fit: string[] = [];
    for (const tag of tags.slice(0, TAGS_MAX)) {
      if (typeof tag === "string" && tag !== "" && tag.length <= NAME_MAX && !CONTROL.test(tag)) fit.push(tag);
      else complain(`a tag is ${describe(tag)}, expected a text of 1 to ${NAME_MAX} characters; it is left out.`);
    }
    if (tags.length > TAGS_MAX) complain(`it has ${tags.length} tags, expected at most ${TAGS_MAX}.`);
    return [...new Set(fit)].sort();
  }

  #text(value: unknown): string {
    return value === undefined || value === null
      ? ""
      : cut(typeof value === "string" ? value : describe(value), TEXT_MAX);
  }

  #hasRoom(notes: readonly unknown[], characters: number, complain: (what: string) => void): boolean {
    const gathered = this.#gathered;
    const hasRoom = notes.length < NOTES_MAX && gathered.characters + characters <= CHARACTERS_MAX;
    if (hasRoom) gathered.characters += characters;
    else complain(`more than ${NOTES_MAX} in one run, or too long together; those beyond are left out.`);
    return hasRoom;
  }
}

let current: CheckReport | undefined;

/** Makes the report that all of this process writes to. */
export function startReport(order: CheckOrder): CheckReport {
  current = new CheckReport(order, new Notebook(true));
  return current;
}

/** The report that is written now. */
export function currentRun(): CheckReport {
  if (current !== undefined) return current;
  throw new Error("a Check is made by the gateway, and not by itself: run `tidegate check NAME`");
}

function startGathering(): Gathered {
  return {
    ...{ series: [], readings: [], serviceChecks: [], events: [], warnings: new Set<string>(), lines: [] },
    lost: { notANumber: 0, flood: 0, seriesLimit: 0 },
    ...{ characters: 0, warningsLeftOut: 0, linesLeftOut: 0 },
  };
}

/** As the Agent: whatever is a number in words is one. */
function toNumber(value: unknown): number | undefined {
  const isLike = typeof value === "bigint" || typeof value === "boolean";
  const isWord = typeof value === "string" && value.trim() !== "";
  const number = typeof value === "number" ? value : isLike || isWord ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** Gives milliseconds since 1970, null for now, or what is wrong. */
function toMoment(at: unknown): number | null | string {
  if (at === undefined || at === null) return null;
  const moment = at instanceof Date ? at.getTime() : at;
  if (typeof moment !== "number" || !Number.isFinite(moment)) return `at is ${describe(at)}, expected a Date.`;
  if (moment < SECONDS_BELOW) return `at is ${moment}, expected a Date or milliseconds since 1970, not seconds.`;
  return Math.round(moment);
}

function methodOf(kind: MetricKind): string {
  return kind === "monotonic" ? "monotonicCount" : kind;
}

function oneLine(text: string): string {
  return cut(text, 10 * LINE_MAX)
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim();
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(cut(value, 40));
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return cut(String(value), 40);
}
