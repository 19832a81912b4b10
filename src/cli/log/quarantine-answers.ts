/** What `tidegate log quarantine` asks: what intakes refused, and what is to become of it. */

import { nameAtIntake } from "../../forward/series-at-intake.ts";
import { GatewayError } from "../../model/errors.ts";
import type { Log, SetAside } from "../../model/log.ts";
import type { RetryReport } from "../../model/retry-report.ts";
import type { Series } from "../../model/series.ts";
import type { ControlRequest } from "../../platform/control-socket.ts";
import { createSeriesFilter } from "./series-filter.ts";
import { createNamer } from "./series-names.ts";

/** Groups in one answer; more than that nobody reads. */
const GROUPS_MAX = 500;

/** Refused samples of one series, refused for the same reason. Units: moments in milliseconds since 1970. */
export interface QuarantineGroup {
  readonly intake: string;
  readonly series: string;
  readonly count: number;
  readonly from_at: number;
  readonly to_at: number;
  /** Of the oldest sample. */
  readonly first_value: number;
  readonly last_value: number;
  /** What the intake said of the newest one; of the others it differs in numbers only. */
  readonly answer: string;
}

/** What is set aside. */
export interface QuarantineAnswer {
  /** The newest first. */
  readonly groups: readonly QuarantineGroup[];
  /** Samples in groups that are left out because there are too many. */
  readonly more: number;
}

/** What only a running gateway can do. */
export interface RunningGateway {
  /** Sends refused samples once more. Errors: `CLI_USAGE` for an intake there is not. */
  retrySetAside(intake: string | undefined, matches: (series: Series) => boolean): void;
  /** How that goes, of each intake. */
  retryReports(intake: string | undefined): readonly RetryReport[];
  /** Writes to the gateway's own log. */
  tell(what: string): void;
}

/** Lists what is set aside. Errors: `CLI_USAGE`. */
export async function answerQuarantine(log: Log, request: ControlRequest): Promise<QuarantineAnswer> {
  const nameOf = createNamer(log);
  const groups: QuarantineGroup[] = [];
  for (const { intake, samples } of await findSetAside(log, request)) {
    const alike = Map.groupBy(samples, ({ series, answer }) => `${nameOf(series)} ${answer.replaceAll(/\d+/gu, "#")}`);
    for (const group of alike.values()) groups.push(toGroup(intake, nameOf(group[0]?.series ?? 0), group));
  }
  groups.sort((one, other) => other.to_at - one.to_at);
  const more = groups.slice(GROUPS_MAX).reduce((sum, { count }) => sum + count, 0);
  return { groups: groups.slice(0, GROUPS_MAX), more };
}

/** Forgets what is set aside; without `yes` it only counts. Errors: `CLI_USAGE`. */
export async function dropQuarantine(
  log: Log,
  request: ControlRequest,
  gateway: RunningGateway | undefined,
): Promise<number> {
  let count = 0;
  for (const { intake, samples } of await findSetAside(log, request)) {
    if (request["yes"] !== true) {
      count += samples.length;
      continue;
    }
    const sequences = new Set(samples.map(({ sequence }) => sequence));
    const dropped = await log.care.dropSetAside(intake, sequences);
    count += dropped;
    if (dropped > 0) gateway?.tell(`${dropped} samples that ${intake} refused were dropped for good, as asked`);
  }
  return count;
}

/** Begins to send what is set aside once more. Errors: `CLI_USAGE`; `GATEWAY_NOT_RUNNING`. */
export function retryQuarantine(request: ControlRequest, gateway: RunningGateway | undefined): readonly RetryReport[] {
  if (gateway === undefined) {
    const how = "start it, and try again; `tidegate log quarantine list` works without";
    throw new GatewayError("GATEWAY_NOT_RUNNING", `no gateway runs, and nobody else sends anything: ${how}.`);
  }
  const intake = textOf(request["intake"]);
  gateway.retrySetAside(intake, createSeriesFilter(textOf(request["series"]) ?? ""));
  return gateway.retryReports(intake);
}

/** Tells how a retry goes. */
export function answerRetried(request: ControlRequest, gateway: RunningGateway | undefined): readonly RetryReport[] {
  return gateway?.retryReports(textOf(request["intake"])) ?? [];
}

/** What is meant of each cursor, also of those that are retired. A series that nobody knows is meant where all are. */
async function findSetAside(
  log: Log,
  request: ControlRequest,
): Promise<readonly { readonly intake: string; readonly samples: readonly SetAside[] }[]> {
  const names = log.care.cursors().map(({ name }) => name);
  const wanted = textOf(request["intake"]);
  if (wanted !== undefined && !names.includes(wanted)) throw refuseIntake(wanted, names);
  const text = textOf(request["series"]) ?? "";
  const matches = createSeriesFilter(text);
  const known = new Map(log.care.series());
  const seriesAt = nameAtIntake((id) => known.get(id));
  const found = [];
  for (const intake of wanted === undefined ? names : [wanted]) {
    const samples = (await log.care.setAside(intake)).filter(({ series }) => {
      const definition = seriesAt(series);
      return definition === undefined ? text === "" : matches(definition);
    });
    found.push({ intake, samples });
  }
  return found;
}

/** Says which intakes there are. */
export function refuseIntake(wanted: string, names: readonly string[]): GatewayError {
  const known = names.length === 0 ? "none" : names.join(", ");
  return new GatewayError("CLI_USAGE", `there is no intake "${wanted}"; there is ${known}.`);
}

function toGroup(intake: string, series: string, samples: readonly SetAside[]): QuarantineGroup {
  const byMoment = [...samples].sort((one, other) => one.at - other.at || one.sequence - other.sequence);
  const first = byMoment[0] as SetAside;
  const last = byMoment.at(-1) as SetAside;
  return {
    intake,
    series,
    count: samples.length,
    from_at: first.at,
    to_at: last.at,
    first_value: first.value,
    last_value: last.value,
    answer: last.answer,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
