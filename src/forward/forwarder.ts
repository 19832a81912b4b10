/**
 * Forwards the log to one intake: whose turn it is, and how long it waits where it is nobody's.
 *
 * Live samples go first (live-lane.ts). After an outage, what they left behind is filled in between their flushes
 * (backfill.ts), and what a person wants sent once more goes as the backfill does. What each brings to the intake, and
 * what becomes of it, is the same for all (lane-delivery.ts).
 */

import assert from "node:assert/strict";
import { GatewayError } from "../model/errors.ts";
import type { Sequence } from "../model/log.ts";
import type { RetryReport } from "../model/retry-report.ts";
import type { Series } from "../model/series.ts";
import type { BackfillStatus, IntakeStatus } from "../model/status.ts";
import { type Millis, type MonotonicMillis, millis, type Random, seconds } from "../model/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import { Backfill } from "./backfill.ts";
import { GapQueue } from "./gap-queue.ts";
import { IntakeHealth } from "./intake-health.ts";
import { IntakeLine } from "./intake-line.ts";
import { LaneDelivery, type LaneParts } from "./lane-delivery.ts";
import { LaneSchedule } from "./lane-schedule.ts";
import { LiveLane } from "./live-lane.ts";
import { MeteredLanes } from "./metering/metered-lanes.ts";
import { Pause } from "./pause.ts";
import { SetAsideRetry } from "./set-aside-retry.ts";

/** What is filled in each second at most where nothing else is configured. Units: samples. */
export const BACKFILL_RATE = 10_000;

/** Nothing is waited for longer at once: a window may open earlier where the wall clock is set. */
const CLOSED_WAIT_MAX = seconds(60);

/** What a forwarder is made of. */
export interface ForwarderParts extends LaneParts {
  /** About when a sample was stamped, as the log tells it. */
  readonly momentOf: (sequence: Sequence) => number | undefined;
  /** Calls `listener` each time there may be more to read; returns what ends it. */
  readonly wake: (listener: () => void) => () => void;
  readonly random: Random;
  readonly logger: Logger;
  /** The pace while there is less than a full batch to send. */
  readonly flushInterval: Millis;
  /** What is filled in after an outage. Units: samples per second; leaving it out means `BACKFILL_RATE`. */
  readonly backfillRate?: number | undefined;
}

/** The part of an intake's status that its forwarder knows; the rest is in the books of the log. */
export type ForwarderState = Omit<IntakeStatus, "books" | "oldest_waiting_at" | "notes" | "lanes"> & {
  readonly backfill: BackfillStatus | null;
};

/** Forwards the log to one intake from `start` to `stop`. */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #line: IntakeLine;
  readonly #metered: MeteredLanes;
  readonly #schedule: LaneSchedule;
  readonly #health: IntakeHealth;
  readonly #gaps: GapQueue;
  readonly #live: LiveLane;
  readonly #backfill: Backfill;
  readonly #retry: SetAsideRetry;
  readonly #pause: Pause;
  /** Aborts when the gateway begins to stop: waits end. */
  readonly #stopping = new AbortController();
  /** Aborts when the time to stop is used up: requests end. */
  readonly #cut = new AbortController();
  #loop: Promise<void> | undefined;
  #unsubscribe: () => void = () => {};
  #onNews: () => void = () => {};
  #onErrand: () => void = () => {};
  #nextAttemptAt: MonotonicMillis | undefined;

  constructor(parts: ForwarderParts) {
    const { intake, clock, flushInterval, backfillRate, cursor, momentOf } = parts;
    const line = new IntakeLine(parts, this.#cut.signal);
    const metered = new MeteredLanes(parts, line);
    const schedule = new LaneSchedule(flushInterval, backfillRate ?? BACKFILL_RATE);
    const health = new IntakeHealth({ ...parts, schedule }, this.#cut.signal);
    const delivery = new LaneDelivery(parts, line, metered, health);
    const gaps = new GapQueue(cursor, momentOf);
    const turn = { ...parts, line, delivery, schedule, health, gaps };
    const live = new LiveLane(turn, this.#stopping.signal);
    this.#backfill = new Backfill({ ...turn, isLiveDue: () => live.isDue });
    this.#retry = new SetAsideRetry({ ...parts, send: (payload) => line.send(payload), window: () => line.window() });
    this.#pause = new Pause(clock, `${intake.name}: next attempt`);
    this.#parts = parts;
    this.#line = line;
    this.#metered = metered;
    this.#schedule = schedule;
    this.#health = health;
    this.#gaps = gaps;
    this.#live = live;
  }

  /** Begins. What is in the log already goes at once. */
  start(): void {
    assert(this.#loop === undefined, "a forwarder is started once");
    this.#unsubscribe = this.#parts.wake(() => {
      this.#live.noteNews();
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
    this.#health.knock();
    if (this.#health.state !== "holding") return;
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
    const { intake, clock, metering } = this.#parts;
    const { payloads, attempts, wireBytes, lastAcceptedAt } = this.#line;
    const { state, reason } = this.#health;
    const wait = this.#nextAttemptAt === undefined ? null : Math.max(0, this.#nextAttemptAt - clock.monotonic());
    return {
      name: intake.name,
      url: intake.url,
      state,
      reason,
      payloads,
      attempts,
      wire_bytes: wireBytes,
      last_accepted_at: lastAcceptedAt,
      next_attempt_in_ms: wait,
      backfill: this.#backfill.state(),
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
      const waiting = { hasNews: this.#live.hasNews, hasBackfill: this.#gaps.hasNext };
      const turn = this.#schedule.next(clock.monotonic(), waiting);
      if (turn.do === "live") await this.#live.takeTurn();
      else if (this.#retry.isRunning) await this.#sendSetAside();
      else if (turn.do === "backfill") await this.#backfill.takeTurn();
      else await this.#rest(turn.wait, turn.isForNews);
    }
    let isDone = this.#metered.closedFor > 0;
    while (!isDone && !this.#cut.signal.aborted) {
      isDone = (await this.#live.takeTurn()).kind !== "more" || this.#metered.closedFor > 0;
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

  /** Goes on with a retry, while nothing is wrong with the intake. */
  async #sendSetAside(): Promise<void> {
    const { clock } = this.#parts;
    const { isFailing, state, reason } = this.#health;
    if (!clock.isTrusted()) this.#retry.end(`the wall clock is not set: ${clock.trustBasis()}`);
    else if (isFailing) this.#retry.end(`it is ${state}: ${reason}`);
    if (!this.#retry.isRunning) return;
    try {
      await this.#retry.step(this.#backfill.countMax);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#retry.end(error.message);
    }
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
