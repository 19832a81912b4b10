/**
 * Forwards the log to one intake: what to read, when to send, when to wait.
 *
 * After an outage live samples go first: where more waits than a payload holds, the live lane leaves it behind and goes
 * on with what came within the last flush. What was left is filled in between the flushes (lane-schedule.ts). An intake
 * that takes samples of a series only in their order gets one lane.
 *
 * All that must survive is in the cursor. Every try reads from it anew, so what the log trimmed or what became too old
 * meanwhile is left out by itself, and after an answer that was lost the same points go again, which an intake that
 * keeps one value per series and moment does not notice.
 */

import assert from "node:assert/strict";
import { GatewayError } from "../model/errors.ts";
import type { Verdict } from "../model/intake.ts";
import type { Cursor, Lane, LogSlice, Sequence } from "../model/log.ts";
import type { RetryReport } from "../model/retry-report.ts";
import type { Series } from "../model/series.ts";
import type { BackfillStatus, IntakeStatus } from "../model/status.ts";
import { type Millis, type MonotonicMillis, millis, type Random, seconds } from "../model/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { LogView } from "./choose-set-aside.ts";
import { deliverSlice, type Interruption } from "./deliver-slice.ts";
import { GapQueue } from "./gap-queue.ts";
import { IntakeLine, type LineParts } from "./intake-line.ts";
import { LaneSchedule } from "./lane-schedule.ts";
import { MeteredLanes } from "./metering/metered-lanes.ts";
import type { UplinkMetering } from "./metering/uplink-metering.ts";
import { MinuteRate } from "./minute-rate.ts";
import { Pause } from "./pause.ts";
import { PreContext } from "./pre-context.ts";
import { RecentEnd } from "./recent-end.ts";
import { failuresAfterFailure, failuresAfterSuccess, knockDelay, retryDelay } from "./retry-schedule.ts";
import { SetAsideRetry } from "./set-aside-retry.ts";
import { tellBackfill } from "./tell-backfill.ts";
import { TroubleLog } from "./trouble-log.ts";
import { UplinkSpeed } from "./uplink-speed.ts";

/** What is filled in each second at most where nothing else is configured. Units: samples. */
export const BACKFILL_RATE = 10_000;

/** The part of a flush that one payload of the backfill may keep live samples waiting. */
const BACKFILL_PART = 0.5;

/** Nothing is waited for longer at once: a window may open earlier where the wall clock is set. */
const CLOSED_WAIT_MAX = seconds(60);

/** What a forwarder is made of. */
export interface ForwarderParts extends LineParts {
  readonly cursor: Cursor;
  /** Tells what else there is of a moment, where refused samples go once more, and what was before it. */
  readonly log: LogView;
  /** About when a sample was stamped, as the log tells it. */
  readonly momentOf: (sequence: Sequence) => number | undefined;
  /** How far back what comes before something anomalous goes with it; leaving it out means two minutes. */
  readonly preOf?: ((series: Series) => Millis) | undefined;
  /** Calls `listener` each time there may be more to read; returns what ends it. */
  readonly wake: (listener: () => void) => () => void;
  readonly random: Random;
  readonly logger: Logger;
  /** The pace while there is less than a full batch to send. */
  readonly flushInterval: Millis;
  /** What is filled in after an outage. Units: samples per second; leaving it out means `BACKFILL_RATE`. */
  readonly backfillRate?: number | undefined;
  /** Keeps what is too old for the intake; leaving it out means that it expires. */
  readonly isHoldingOld?: boolean | undefined;
  /** Says when and how much goes; leaving it out means all as it comes. */
  readonly metering?: UplinkMetering | undefined;
}

/** The part of an intake's status that its forwarder knows; the rest is in the books of the log. */
export type ForwarderState = Omit<IntakeStatus, "books" | "oldest_waiting_at" | "notes" | "lanes"> & {
  readonly backfill: BackfillStatus | null;
};

/**
 * How a turn ended: at the end of the lane, with more to read at once, or before. A log that cannot be read brings no
 * backoff: trying again sends nothing, and delivery goes on as soon as the disk heals.
 */
type Outcome =
  | { readonly kind: "drained" }
  | { readonly kind: "more" }
  | { readonly kind: "unread"; readonly reason: string }
  | Interruption;

/** What the budget does not carry is tried again at once: with less, or when it carries more. */
const OVER_BUDGET: Verdict = { kind: "retry", reason: "the budget of the uplink does not carry it" };

type Trouble = Exclude<Outcome, { kind: "drained" | "more" }>;

/** Forwards the log to one intake from `start` to `stop`. */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #line: IntakeLine;
  readonly #troubles: TroubleLog;
  readonly #schedule: LaneSchedule;
  readonly #recent: RecentEnd;
  readonly #gaps: GapQueue;
  readonly #speed: UplinkSpeed;
  readonly #fillRate = new MinuteRate();
  readonly #metered: MeteredLanes;
  /** Aborts when the gateway begins to stop: waits end. */
  readonly #stopping = new AbortController();
  /** Aborts when the time to stop is used up: requests end. */
  readonly #cut = new AbortController();
  readonly #pause: Pause;
  readonly #retry: SetAsideRetry;
  readonly #context: PreContext;
  #loop: Promise<void> | undefined;
  #unsubscribe: () => void = () => {};
  #hasNews = true;
  #onNews: () => void = () => {};
  #onErrand: () => void = () => {};

  #state: ForwarderState["state"] = "idle";
  #reason = "";
  #failures = 0;
  /** Whether samples of the live lane keep it from going on, and not the intake. */
  #isTroubleOfLive = false;
  /** Of the backfill alone: samples that keep it from going on. */
  #fillFailures = 0;
  #fillReason = "";
  /** Payloads that were taken when they first did; `Infinity` while none do. */
  #fillPayloads = Number.POSITIVE_INFINITY;
  #nextAttemptAt: MonotonicMillis | undefined;
  /** Someone asked for an attempt since the last one began. */
  #isKnocking = false;

  constructor(parts: ForwarderParts) {
    const { intake, clock, logger, flushInterval, backfillRate, cursor, momentOf, log } = parts;
    this.#parts = parts;
    this.#line = new IntakeLine(parts, this.#cut.signal);
    this.#metered = new MeteredLanes(parts, this.#line);
    this.#troubles = new TroubleLog(intake.name, clock, logger);
    this.#schedule = new LaneSchedule(flushInterval, backfillRate ?? BACKFILL_RATE);
    this.#recent = new RecentEnd(flushInterval, clock.monotonic(), cursor.end);
    this.#gaps = new GapQueue(cursor, momentOf);
    this.#speed = new UplinkSpeed(millis(flushInterval * BACKFILL_PART), intake.limits.pointCountMax);
    this.#pause = new Pause(clock, `${intake.name}: next attempt`);
    this.#context = new PreContext({ ...parts, page: log.page });
    const line = this.#line;
    this.#retry = new SetAsideRetry({ ...parts, send: (payload) => line.send(payload), window: () => line.window() });
  }

  /** Begins. What is in the log already goes at once. */
  start(): void {
    assert(this.#loop === undefined, "a forwarder is started once");
    const { wake, clock, cursor } = this.#parts;
    this.#unsubscribe = wake(() => {
      this.#recent.note(clock.monotonic(), cursor.end);
      this.#hasNews = true;
      this.#onNews();
    });
    this.#loop = this.#run();
  }

  /**
   * Ends: sends what is live within `deadline`, then gives up the request in flight. The cursor stays where it is, and
   * what is still to be filled in waits for the next start.
   */
  async stop(deadline: Millis): Promise<void> {
    const { clock, intake } = this.#parts;
    const timer = clock.after(`${intake.name}: stop`, deadline, () => this.#cut.abort());
    this.#unsubscribe();
    this.#stopping.abort();
    this.#pause.end();
    this.#onNews();
    await this.#loop;
    timer.cancel();
  }

  /** Knocks at once where it holds, because what held it may be mended. */
  knock(): void {
    this.#isKnocking = true;
    if (this.#state !== "holding") return;
    this.#schedule.hurry();
    this.#pause.end();
  }

  /** Sends once more what is set aside of the series that match; `retryReport` tells how that goes. */
  retrySetAside(matches: (series: Series) => boolean): void {
    this.#retry.begin(matches);
    this.#onErrand();
  }

  /** Undefined where nothing was sent once more since `start`. */
  retryReport(): RetryReport | undefined {
    return this.#retry.report;
  }

  /** Tells how it goes, counted since `start`. */
  state(): ForwarderState {
    const { intake, clock, cursor, metering } = this.#parts;
    const { payloads, attempts, wireBytes, lastAcceptedAt } = this.#line;
    const wait = this.#nextAttemptAt === undefined ? null : Math.max(0, this.#nextAttemptAt - clock.monotonic());
    const rate = this.#fillRate.perSecond(clock.monotonic());
    return {
      name: intake.name,
      url: intake.url,
      state: this.#state,
      reason: this.#reason,
      payloads,
      attempts,
      wire_bytes: wireBytes,
      last_accepted_at: lastAcceptedAt,
      next_attempt_in_ms: wait,
      backfill: tellBackfill(cursor, { held: this.#gaps.heldCount, rate, reason: this.#fillReason }),
      ...(metering && { metered: metering.state() }),
    };
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      const closed = this.#metered.closedFor;
      if (closed > 0) {
        await this.#waitUntilOpen(closed);
        continue;
      }
      const waiting = { hasNews: this.#hasNews, hasBackfill: this.#gaps.hasNext };
      const turn = this.#schedule.next(clock.monotonic(), waiting);
      if (turn.do === "live") await this.#takeLiveTurn();
      else if (this.#retry.isRunning) await this.#sendSetAside();
      else if (turn.do === "backfill") await this.#fillIn();
      else await this.#rest(turn.wait, turn.isForNews);
    }
    let isDone = this.#metered.closedFor > 0;
    while (!isDone && !this.#cut.signal.aborted) {
      isDone = (await this.#takeLiveTurn()).kind !== "more" || this.#metered.closedFor > 0;
    }
    await this.#metered.keepSpent();
  }

  /** Waits for a part of the time until something may go; meanwhile alarms go ahead where they may. */
  async #waitUntilOpen(closed: Millis): Promise<void> {
    const { isSendingAhead } = this.#metered;
    if (isSendingAhead && (await this.#metered.sendAhead())) return;
    const wait = isSendingAhead ? this.#parts.flushInterval : CLOSED_WAIT_MAX;
    await this.#rest(millis(Math.min(closed, wait)), false);
  }

  /** Delivers as much of what is live as one batch holds, and draws the conclusions. */
  async #takeLiveTurn(): Promise<Outcome> {
    const { cursor, clock } = this.#parts;
    const startedAt = clock.monotonic();
    const before = { payloads: this.#line.payloads, position: cursor.position };
    this.#hasNews = false;
    const outcome = await this.#attempt(() => this.#deliverLive());
    const isAhead = this.#line.payloads > before.payloads && cursor.position > before.position;
    if (isAhead) this.#failures = failuresAfterSuccess(this.#failures);
    if (outcome.kind === "drained") {
      this.#schedule.noteDrained(startedAt);
      if (!this.#gaps.hasNext) this.#parts.metering?.noteDrained(startedAt);
    } else this.#hasNews = true;
    if (isTrouble(outcome)) this.#enterTrouble(outcome, "isOfSamples" in outcome);
    else if (isAhead) this.#leaveTrouble();
    return outcome;
  }

  /** Delivers a payload of the backfill. */
  async #fillIn(): Promise<void> {
    const { cursor, clock, random } = this.#parts;
    const startedAt = clock.monotonic();
    const before = { payloads: this.#line.payloads, waiting: cursor.waiting, end: cursor.end };
    const outcome = await this.#attempt(() => this.#deliverGap());
    const passed = before.waiting - cursor.waiting + cursor.end - before.end;
    if (this.#line.payloads > before.payloads && passed > 0) {
      this.#failures = failuresAfterSuccess(this.#failures);
      this.#schedule.noteFilledIn(startedAt, passed);
      this.#fillRate.note(startedAt, passed);
      this.#speed.note(passed, millis(clock.monotonic() - startedAt));
      this.#fillFailures = 0;
      this.#fillReason = "";
      this.#fillPayloads = Number.POSITIVE_INFINITY;
      if (!this.#isTroubleOfLive) this.#leaveTrouble();
    }
    if (!this.#gaps.hasNext) this.#parts.metering?.noteDrained(startedAt);
    if (!isTrouble(outcome)) return;
    if (!("isOfSamples" in outcome)) {
      this.#enterTrouble(outcome, false);
      return;
    }
    this.#fillFailures = failuresAfterFailure(this.#fillFailures);
    this.#fillReason = outcome.reason;
    this.#fillPayloads = Math.min(this.#fillPayloads, this.#line.payloads);
    const delay = outcome.kind === "hold" ? knockDelay : retryDelay;
    this.#schedule.delayBackfill(clock.monotonic() + delay(this.#fillFailures, random.next()));
  }

  /** Goes on with a retry, while nothing is wrong with the intake. */
  async #sendSetAside(): Promise<void> {
    const { clock } = this.#parts;
    const isInTrouble = this.#state === "retrying" || this.#state === "holding";
    if (!clock.isTrusted()) this.#retry.end(`the wall clock is not set: ${clock.trustBasis()}`);
    else if (isInTrouble && !this.#isTroubleOfLive) this.#retry.end(`it is ${this.#state}: ${this.#reason}`);
    if (!this.#retry.isRunning) return;
    try {
      await this.#retry.step(Math.min(this.#countMax(), this.#speed.sampleCount));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#retry.end(error.message);
    }
  }

  /** Makes an outcome of what goes wrong, and tells what was set aside. */
  async #attempt(deliver: () => Promise<Outcome>): Promise<Outcome> {
    const { cursor } = this.#parts;
    const { rejected } = cursor.counts;
    this.#isKnocking = false;
    try {
      return await deliver();
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const reason = error.code === "STORE_FAILED" ? `the log fails: ${error.message}` : error.message;
      return { kind: "retry", reason };
    } finally {
      if (this.#parts.metering?.isUnsaved === true) await this.#metered.keepSpent();
      this.#troubles.setAside(cursor.counts.rejected - rejected);
    }
  }

  async #deliverLive(): Promise<Outcome> {
    const { cursor, intake } = this.#parts;
    const countMax = this.#countMax();
    await this.#leaveBehind();
    const slice = await this.#read(cursor, countMax);
    if ("kind" in slice) return slice;
    this.#parts.metering?.noteOffered(slice);
    this.#parts.metering?.plan();
    if (slice.from === slice.to) return { kind: "drained" };
    if (this.#parts.isHoldingOld === true && intake.order === "any" && (await this.#leaveOld(slice)))
      return { kind: "more" };
    const interruption = await this.#deliver(slice, cursor, countMax);
    const isPart = cursor.position > slice.from && cursor.position < slice.to;
    return interruption ?? { kind: isPart || slice.to - slice.from >= countMax ? "more" : "drained" };
  }

  async #deliverGap(): Promise<Outcome> {
    const { clock, isHoldingOld } = this.#parts;
    const limits = isHoldingOld === true && clock.isTrusted() ? this.#line.youngLimits() : undefined;
    const gap = await this.#gaps.next(limits);
    if (gap === undefined) return { kind: "drained" };
    const countMax = Math.min(this.#countMax(), this.#speed.sampleCount);
    const slice = await this.#read(gap, countMax);
    if ("kind" in slice) return slice;
    if (limits !== undefined && (await this.#gaps.holdOld(gap, slice, limits))) return { kind: "more" };
    const interruption = await this.#deliver(slice, gap, countMax);
    return interruption ?? { kind: "more" };
  }

  /** Gives the slice, or why there is none. */
  async #read(lane: Lane, countMax: number): Promise<LogSlice | Outcome> {
    try {
      return await lane.read(countMax);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const reason = error.code === "STORE_FAILED" ? `the log fails: ${error.message}` : error.message;
      return { kind: "unread", reason };
    }
  }

  /** Gives nothing where the lane has passed the slice, or something else is to go first. */
  async #deliver(slice: LogSlice, lane: Lane, rowCountMax: number): Promise<Outcome | undefined> {
    const { intake, seriesOf, clock, cursor, isHoldingOld, metering } = this.#parts;
    if (!clock.isTrusted()) return { kind: "hold", reason: `the wall clock is not set: ${clock.trustBasis()}` };
    const gapEnd = lane === cursor ? undefined : lane.end;
    const sieve = metering?.sieveOf(gapEnd);
    let isOverBudget = false;
    const interruption = await deliverSlice(slice, {
      intake,
      lane,
      seriesOf,
      context: this.#context,
      rowCountMax,
      send: async (payload) => {
        const verdict = await this.#metered.send(payload);
        isOverBudget = verdict === undefined;
        return verdict ?? OVER_BUDGET;
      },
      window: () => ({ ...this.#line.window(), sieve }),
      onAccepted: (points) => metering?.noteSent(points, gapEnd),
      spent: () => metering?.toSave(),
      isUrgent: () => lane !== cursor && this.#schedule.isLiveDue(clock.monotonic(), this.#hasNews),
      isHoldingOld: isHoldingOld === true && intake.order === "any",
      isTakingOthers: lane !== cursor && this.#line.payloads > this.#fillPayloads,
    });
    return isOverBudget ? { kind: "more" } : interruption;
  }

  /** Leaves a gap where more waits than one batch holds, not counting what came within the last flush. */
  async #leaveBehind(): Promise<void> {
    const { cursor, clock, intake } = this.#parts;
    if (intake.order !== "any" || this.#stopping.signal.aborted) return;
    const recent = this.#recent.at(clock.monotonic());
    if (recent - cursor.position > intake.limits.pointCountMax) await cursor.leave(recent);
  }

  /** Leaves what a slice of the live lane begins with, where that is too old and held; gives whether it is. */
  async #leaveOld({ batch, sequences, to }: LogSlice): Promise<boolean> {
    const { oldestAt } = this.#line.window();
    const first = batch.at[0];
    if (!this.#parts.clock.isTrusted() || batch.count === 0 || first === undefined || first >= oldestAt) return false;
    const row = batch.at.subarray(0, batch.count).findIndex((at) => at >= oldestAt);
    return await this.#parts.cursor.leave(row < 0 ? to : (sequences[row] as Sequence));
  }

  /** An intake that fails is asked with less: a slow uplink may need smaller payloads to finish within the timeout. */
  #countMax(): number {
    return Math.ceil(this.#parts.intake.limits.pointCountMax / 2 ** this.#failures);
  }

  /** Waits before the next attempt, of the live lane alone where other lanes may go on. */
  #enterTrouble(trouble: Trouble, isOfLive: boolean): void {
    if (this.#cut.signal.aborted) return;
    const { kind, reason } = trouble;
    if (kind !== "unread") this.#failures = failuresAfterFailure(this.#failures);
    this.#state = kind === "hold" ? "holding" : "retrying";
    this.#reason = reason;
    this.#troubles.trouble(this.#state, reason);
    const until = this.#parts.clock.monotonic() + this.#delayAfter(trouble);
    this.#schedule.delayLive(until);
    this.#isTroubleOfLive = isOfLive;
    if (!isOfLive) this.#schedule.delayBackfill(until);
  }

  #delayAfter(trouble: Trouble): Millis {
    const { random, flushInterval } = this.#parts;
    switch (trouble.kind) {
      case "unread":
        return flushInterval;
      case "retry":
        return millis(
          retryDelay(this.#failures, random.next(), trouble.after) + (this.#parts.metering?.returnDelay() ?? 0),
        );
      case "hold":
        return this.#isKnocking ? millis(0) : knockDelay(this.#failures, random.next());
    }
  }

  #leaveTrouble(): void {
    this.#isTroubleOfLive = false;
    this.#state = "delivering";
    this.#reason = "";
    this.#troubles.recovered();
  }

  /** Waits until the next turn is due, or there is news that it waits for. */
  async #rest(wait: Millis, isForNews: boolean): Promise<void> {
    const news = Promise.withResolvers<void>();
    this.#onErrand = news.resolve;
    this.#onNews = () => {
      if (isForNews || this.#stopping.signal.aborted) news.resolve();
    };
    if (this.#stopping.signal.aborted) return;
    if (wait === Number.POSITIVE_INFINITY) return await news.promise;
    this.#nextAttemptAt = (this.#parts.clock.monotonic() + wait) as MonotonicMillis;
    await Promise.race([this.#pause.wait(wait), news.promise]);
    this.#pause.end();
    this.#nextAttemptAt = undefined;
  }
}

function isTrouble(outcome: Outcome): outcome is Trouble {
  return outcome.kind !== "drained" && outcome.kind !== "more";
}
