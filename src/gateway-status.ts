/** From the parts of a gateway to what `status` says. */

import type { ConfigProblem, GatewayConfig } from "./model/config.ts";
import {
  type Cursor,
  DROP_REASONS,
  type DropReason,
  LOSS_REASONS,
  type Log,
  type LogStats,
  type Tally,
} from "./model/log.ts";
import { serviceStatusWord } from "./model/note.ts";
import type {
  BackfillStatus,
  BooksStatus,
  BusStatus,
  InstanceStatus,
  IntakeStatus,
  LogStatus,
  Status,
} from "./model/status.ts";
import type { ClockTrust, EpochMillis, MonotonicMillis } from "./model/time.ts";
import type { DailyWear, FillRate, SampleSize } from "./telemetry/fill-rate.ts";

/** One intake as the gateway holds it. */
export interface IntakeParts {
  readonly cursor: Cursor;
  readonly forwarder: {
    state(): Omit<IntakeStatus, "books" | "oldest_waiting_at" | "lanes"> & { readonly backfill: BackfillStatus | null };
  };
}

/** Everything a status is made of. */
export interface StatusParts {
  readonly version: string;
  readonly pid: number;
  readonly isRunning: boolean;
  readonly config: GatewayConfig;
  readonly problems: readonly ConfigProblem[];
  readonly now: EpochMillis;
  readonly startedAt: EpochMillis;
  readonly clockTrust: ClockTrust;
  readonly instances: readonly InstanceStatus[];
  readonly buses: readonly BusStatus[];
  readonly log: Log;
  readonly monotonic: MonotonicMillis;
  readonly fillRate: Pick<FillRate, "sampleSize" | "samplesPerSecond" | "wearPerDay">;
  /** Sampled or dropped, and not yet told to the log. */
  readonly untold: Tally;
  readonly intakes: readonly IntakeParts[];
}

/** Puts a status together. */
export function toStatus(parts: StatusParts): Status {
  return {
    schema: 1,
    version: parts.version,
    hostname: parts.config.hostname,
    pid: parts.pid,
    running: parts.isRunning,
    config_file: parts.config.file,
    run_path: parts.config.runPath,
    now: parts.now,
    started_at: parts.startedAt,
    clock_trusted: parts.clockTrust.isTrusted,
    clock_basis: parts.clockTrust.basis,
    instances: parts.instances,
    buses: parts.buses,
    log: toLogStatus(parts),
    intakes: parts.intakes.map((intake) => toIntakeStatus(intake, parts.log, parts.untold)),
    service_checks: parts.log.serviceChecks().map((check) => ({ ...check, status: serviceStatusWord(check.status) })),
    problems: parts.problems,
  };
}

function toLogStatus({ log, config, fillRate, now, monotonic }: StatusParts): LogStatus {
  const stats = log.stats();
  const size = fillRate.sampleSize();
  const rate = fillRate.samplesPerSecond();
  const daily = fillRate.wearPerDay();
  return {
    path: config.store.path,
    bytes: stats.bytes,
    bytes_max: config.store.maxBytes,
    bytes_when_sealed: weighSealed(log, size),
    bytes_per_s: rate === undefined || size === undefined ? null : rate * size.bytes,
    samples_per_s: rate ?? null,
    bytes_per_sample: size?.bytes ?? null,
    is_size_sealed: size?.isSealed ?? false,
    oldest_at: stats.oldestAt ?? null,
    unplaced: log.care.survey().reduce((sum, { unplacedCount }) => sum + unplacedCount, 0),
    written: stats.end,
    durable: stats.durable,
    gathering: stats.gathering,
    at_risk: stats.atRisk,
    at_risk_max: boundRisk(config, stats.atRisk, rate),
    series: stats.seriesCount,
    failure: stats.failure ?? null,
    ...describeTrouble(stats),
    failure_since: stats.failingSince === undefined ? null : now - (monotonic - stats.failingSince),
    losses: sumLosses(log),
    writes: stats.written.writes,
    syncs: stats.written.syncs,
    daily: daily === undefined ? null : toDailyStatus(daily),
  };
}

/** What is there only while the log is not as it should be. */
function describeTrouble({ standsIn, held }: LogStats): Pick<LogStatus, "stands_in" | "held"> {
  return {
    ...(standsIn && { stands_in: { reason: `${standsIn.reason}.`, remedy: `${standsIn.remedy}.` } }),
    ...(held && { held: { bytes: held.bytes, bytes_max: held.bytesMax } }),
  };
}

function toDailyStatus({ writes, syncs, bytes, diskBytes }: DailyWear): NonNullable<LogStatus["daily"]> {
  return { writes, syncs, bytes, disk_bytes: diskBytes ?? null };
}

/** What the blocks take when those that came fresh are sealed as well. */
function weighSealed(log: Log, size: SampleSize | undefined): number {
  const { bytes } = log.stats();
  if (size?.isSealed !== true) return bytes;
  const fresh = log.care.survey().find(({ level }) => level === 0);
  return fresh === undefined ? bytes : Math.round(bytes - fresh.bytes + fresh.sampleCount * size.bytes);
}

/** The oldest sample that is not on disk is never older than the longest time between syncs. */
function boundRisk({ store }: GatewayConfig, atRisk: number, rate: number | undefined): number | null {
  if (store.durability === "os") return null;
  if (store.durability === "always") return atRisk;
  return rate === undefined ? null : Math.max(atRisk, Math.ceil((rate * store.syncIntervalDelivered) / 1000));
}

function sumLosses(log: Log): LogStatus["losses"] {
  const losses = log.losses();
  return LOSS_REASONS.flatMap((reason) => {
    const of = losses.filter((loss) => loss.reason === reason);
    if (of.length === 0) return [];
    const count = of.reduce((sum, loss) => sum + loss.count, 0);
    const from = Math.min(...of.map(({ fromAt }) => fromAt));
    return [{ reason, count, from_at: from, to_at: Math.max(...of.map(({ toAt }) => toAt)) }];
  });
}

function toIntakeStatus(intake: IntakeParts, log: Log, untold: Tally): IntakeStatus {
  const { position, needed, end } = intake.cursor;
  const { backfill, ...state } = intake.forwarder.state();
  return {
    ...state,
    oldest_waiting_at: needed < end ? (log.momentOf(needed) ?? null) : null,
    lanes: {
      live: { waiting: end - position, oldest_at: position < end ? (log.momentOf(position) ?? null) : null },
      backfill,
    },
    set_aside: intake.cursor.setAsideHeld,
    books: toBooks(intake.cursor, log, untold),
  };
}

/**
 * The books of one intake. What was sampled and dropped is counted by sampling, what became of a sample by the cursor,
 * and what waits is what its lanes have still to pass: none is worked out from the others.
 */
export function toBooks(cursor: Cursor, log: Log, untold: Tally): BooksStatus {
  const { tally, gathering } = log.stats();
  const { counts, opening, waiting } = cursor;
  const dropped: Partial<Record<DropReason, number>> = {};
  for (const reason of DROP_REASONS) {
    const count = (tally.dropped[reason] ?? 0) + (untold.dropped[reason] ?? 0) - (opening.tally.dropped[reason] ?? 0);
    if (count > 0) dropped[reason] = count;
  }
  return {
    sampled: tally.sampled + untold.sampled - opening.tally.sampled,
    dropped,
    delivered: counts.delivered,
    collapsed: counts.collapsed,
    thinned: counts.thinned,
    held_back: counts.heldBack,
    expired: { too_old: counts.tooOld, log_full: counts.logFull, unreadable: counts.unreadable },
    rejected: counts.rejected,
    waiting: waiting + gathering,
  };
}
