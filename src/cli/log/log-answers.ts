/**
 * What `tidegate log` asks of a log, and the answers, which pass the control socket as JSON: whether a gateway has the
 * log open or the command itself, the same code answers. Long answers come in pages, so that neither side holds more
 * than one and the gateway's polls are not kept waiting.
 */

import { GatewayError } from "../../model/errors.ts";
import { type CursorCounts, LOSS_REASONS, type Log, type LossReason } from "../../model/log.ts";
import type { Finding, Inspection, LevelSurvey, SeriesCount } from "../../model/log-care.ts";
import type { RetryReport } from "../../model/retry-report.ts";
import type { Series, SeriesId } from "../../model/series.ts";
import type { ControlRequest } from "../../platform/control-socket.ts";
import {
  answerQuarantine,
  answerRetried,
  dropQuarantine,
  type QuarantineAnswer,
  type RunningGateway,
  retryQuarantine,
} from "./quarantine-answers.ts";
import { createSeriesFilter } from "./series-filter.ts";
import { createNamer } from "./series-names.ts";

/** Samples that the log itself lost. Units: moments in milliseconds since 1970. */
export interface LossAnswer {
  readonly reason: LossReason;
  readonly series: string;
  readonly count: number;
  readonly from_at: number;
  readonly to_at: number;
}

/** What a log holds. Units: moments in milliseconds since 1970. */
export interface SurveyAnswer {
  readonly bytes: number;
  /** Samples written since the log began. */
  readonly written: number;
  readonly series: number;
  /** Of these, those whose definition is lost: nobody knows what their samples are. */
  readonly nameless_series: number;
  readonly levels: readonly LevelSurvey[];
  readonly losses: readonly LossAnswer[];
}

/** A cursor. Units: moments in milliseconds since 1970. */
export interface CursorAnswer {
  readonly name: string;
  readonly position: number;
  readonly lag: number;
  readonly next_at: number | null;
  /** Samples of `lag` that were left behind so that newer ones could go first; absent in what an older gateway says. */
  readonly backfill?: number;
  readonly keeps_samples: boolean;
  readonly counts: CursorCounts;
}

/** Some samples, in columns, and the series they are of. */
export interface PageAnswer {
  /** Where to go on; null when there are no more. */
  readonly next: number | null;
  /** Samples that cannot be read. */
  readonly unreadable: number;
  /** Of what kind they are is absent in what an older gateway says. */
  readonly series: Readonly<Record<number, Pick<Series, "metric" | "tags" | "unit"> & Partial<Series>>>;
  readonly rows: {
    readonly series: readonly number[];
    readonly at: readonly number[];
    readonly value: readonly number[];
    readonly flags: readonly number[];
  };
}

/** One thing that is wrong. Units: moments in milliseconds since 1970. */
export interface FindingAnswer extends Pick<Finding, "kind" | "what" | "from" | "to" | "count"> {
  readonly from_at: number | null;
  readonly to_at: number | null;
  readonly series: readonly { readonly name: string; readonly count: number }[];
}

/** A part of the log that was looked at. */
export interface InspectAnswer extends Pick<Inspection, "blockCount" | "sampleCount"> {
  readonly findings: readonly FindingAnswer[];
  readonly next: number | null;
}

/** Which answer each question gets. */
export interface LogAnswers {
  readonly survey: SurveyAnswer;
  readonly cursors: readonly CursorAnswer[];
  readonly drop: readonly CursorAnswer[];
  readonly page: PageAnswer;
  readonly inspect: InspectAnswer;
  /** Every metric whose definition is not lost, once. */
  readonly metrics: readonly string[];
  readonly quarantine: QuarantineAnswer;
  /** Samples that were dropped. */
  readonly "quarantine-drop": number;
  readonly "quarantine-retry": readonly RetryReport[];
  readonly "quarantine-retried": readonly RetryReport[];
}

/** A question; what else it says stands beside. */
export type LogQuestion = keyof LogAnswers;

/**
 * Answers a request of `tidegate log`; `gateway` is absent where none runs. Errors: `CLI_USAGE` for what it does not
 * know; `GATEWAY_NOT_RUNNING` where one is needed; those of the log.
 */
export async function answerLog(
  log: Log,
  request: ControlRequest,
  gateway?: RunningGateway,
): Promise<LogAnswers[LogQuestion]> {
  switch (request["question"]) {
    case "survey":
      return answerSurvey(log);
    case "cursors":
      return answerCursors(log);
    case "drop":
      return await dropCursor(log, String(request["name"]));
    case "page":
      return await answerPage(log, request);
    case "inspect":
      return await answerInspect(log, numberOf(request["from"], 0), request["repair"] === true);
    case "metrics":
      return [...new Set(log.care.series().map(([, { metric }]) => metric))];
    case "quarantine":
      return await answerQuarantine(log, request);
    case "quarantine-drop":
      return await dropQuarantine(log, request, gateway);
    case "quarantine-retry":
      return retryQuarantine(request, gateway);
    case "quarantine-retried":
      return answerRetried(request, gateway);
    default:
      throw new GatewayError("CLI_USAGE", `this gateway does not know the question "${request["question"]}".`);
  }
}

function answerSurvey(log: Log): SurveyAnswer {
  const { bytes, end, seriesCount } = log.stats();
  const nameOf = createNamer(log);
  const losses = log.losses().map(({ reason, series, count, fromAt, toAt }) => ({
    reason,
    series: nameOf(series),
    count,
    from_at: fromAt,
    to_at: toAt,
  }));
  losses.sort((one, other) => LOSS_REASONS.indexOf(one.reason) - LOSS_REASONS.indexOf(other.reason));
  const nameless = seriesCount - log.care.series().length;
  const levels = log.care.survey();
  return { bytes, written: end, series: seriesCount, nameless_series: nameless, levels, losses };
}

function answerCursors(log: Log): readonly CursorAnswer[] {
  return log.care.cursors().map(({ name, position, lag, gaps, nextAt, keepsSamples, counts }) => ({
    name,
    position,
    lag,
    next_at: nextAt ?? null,
    backfill: gaps.reduce((sum, { from, to }) => sum + to - from, 0),
    keeps_samples: keepsSamples,
    counts,
  }));
}

async function dropCursor(log: Log, name: string): Promise<readonly CursorAnswer[]> {
  const cursors = log.care.cursors();
  const found = cursors.find((cursor) => cursor.name === name);
  if (found === undefined) {
    const names = cursors.map((cursor) => cursor.name).join(", ");
    throw new GatewayError("CLI_USAGE", `there is no cursor "${name}"; there is ${names === "" ? "none" : names}.`);
  }
  if (found.keepsSamples) {
    throw new GatewayError(
      "CLI_USAGE",
      `the cursor "${name}" belongs to an intake that is configured. Take the intake out of tidegate.yaml and reload.`,
    );
  }
  await log.care.dropCursor(name);
  return answerCursors(log);
}

async function answerPage(log: Log, request: ControlRequest): Promise<PageAnswer> {
  const text = request["series"];
  const matches = createSeriesFilter(typeof text === "string" ? text : "");
  const wanted = log.care.series().filter(([, series]) => matches(series));
  const { batch, next, unreadable } = await log.care.page({
    from: numberOf(request["from"], 0),
    fromAt: numberOf(request["from_at"], Number.NEGATIVE_INFINITY),
    toAt: numberOf(request["to_at"], Number.POSITIVE_INFINITY),
    series: new Set(wanted.map(([id]) => id)),
  });
  const { count } = batch;
  const ids = [...batch.series.subarray(0, count)];
  const used = new Set(ids);
  const named = wanted.filter(([id]) => used.has(id));
  return {
    next: next ?? null,
    unreadable,
    series: Object.fromEntries(named),
    rows: {
      series: ids,
      at: [...batch.at.subarray(0, count)],
      value: [...batch.value.subarray(0, count)],
      flags: [...batch.flags.subarray(0, count)],
    },
  };
}

async function answerInspect(log: Log, from: number, isRepairing: boolean): Promise<InspectAnswer> {
  const { findings, next, ...counts } = await (isRepairing ? log.care.repair(from) : log.care.inspect(from));
  const nameOf = createNamer(log);
  return {
    ...counts,
    findings: findings.map(({ kind, what, from: first, to, count, fromAt, toAt, series }) => ({
      kind,
      what,
      from: first,
      to,
      count,
      from_at: fromAt ?? null,
      to_at: toAt ?? null,
      series: sumByName(series, nameOf),
    })),
    next: next ?? null,
  };
}

/** Many series of which nobody knows what they are have one name. */
function sumByName(series: readonly SeriesCount[], nameOf: (id: SeriesId) => string): FindingAnswer["series"] {
  const counts = new Map<string, number>();
  for (const of of series) counts.set(nameOf(of.series), (counts.get(nameOf(of.series)) ?? 0) + of.count);
  return Array.from(counts, ([name, count]) => ({ name, count }));
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
