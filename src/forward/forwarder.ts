/**
 * Forwards the log to one intake: when to read, when to send, when to wait.
 *
 * All that must survive is in the cursor. Every try reads from it anew, so what the log trimmed or what became too old
 * meanwhile is left out by itself, and after an answer that was lost the same points go again, which an intake that
 * keeps one value per series and moment does not notice.
 */

import assert from "node:assert/strict";
import { GatewayError } from "../model/errors.ts";
import type { Intake, Payload, Verdict } from "../model/intake.ts";
import type { Cursor } from "../model/log.ts";
import type { Series, SeriesId } from "../model/series.ts";
import type { IntakeStatus } from "../model/status.ts";
import { type Clock, type EpochMillis, type Millis, type MonotonicMillis, millis, type Random } from "../model/time.ts";
import type { HttpClient } from "../platform/http-client.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { AgeWindow } from "./batch.ts";
import { deliverSlice, type Interruption } from "./deliver-slice.ts";
import { Pause } from "./pause.ts";
import { failuresAfterFailure, failuresAfterSuccess, knockDelay, retryDelay } from "./retry-schedule.ts";
import { TroubleLog } from "./trouble-log.ts";

/** The part of an intake's age limit that is given up for the time a request may take, at most. */
const UNDER_WAY_SHARE_MAX = 0.1;

/** What a forwarder is made of. */
export interface ForwarderParts {
  readonly intake: Intake;
  readonly cursor: Cursor;
  readonly seriesOf: (id: SeriesId) => Series;
  /** Calls `listener` each time there may be more to read; returns what ends it. */
  readonly wake: (listener: () => void) => () => void;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The pace while there is less than a full batch to send. */
  readonly flushInterval: Millis;
  /** How long one answer may take. */
  readonly timeout: Millis;
  /** Hears every verdict; leaving it out means that nobody does. */
  readonly hear?: (verdict: Verdict) => void;
}

/** The part of an intake's status that its forwarder knows; the rest is in the books of the log. */
export type ForwarderState = Omit<IntakeStatus, "books" | "oldest_waiting_at" | "notes">;

/**
 * How a pass over the log ended: at the end of the log, with more to read at once, or before. A log that cannot be read
 * brings no backoff: trying again sends nothing, and delivery goes on as soon as the disk heals.
 */
type Outcome =
  | { readonly kind: "drained" }
  | { readonly kind: "more" }
  | { readonly kind: "unread"; readonly reason: string }
  | Interruption;

/** Forwards the log to one intake from `start` to `stop`. */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #troubles: TroubleLog;
  /** Aborts when the gateway begins to stop: waits end. */
  readonly #stopping = new AbortController();
  /** Aborts when the time to stop is used up: requests end. */
  readonly #cut = new AbortController();
  readonly #pause: Pause;
  #loop: Promise<void> | undefined;
  #unsubscribe: () => void = () => {};
  #hasNews = true;
  #onNews: () => void = () => {};

  #state: ForwarderState["state"] = "idle";
  #reason = "";
  #failures = 0;
  #payloads = 0;
  #attempts = 0;
  #wireBytes = 0;
  #lastAcceptedAt: EpochMillis | null = null;
  #nextAttemptAt: MonotonicMillis | undefined;
  /** Someone asked for an attempt since the last one began. */
  #isKnocking = false;

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
    this.#troubles = new TroubleLog(parts.intake.name, parts.clock, parts.logger);
    this.#pause = new Pause(parts.clock, `${parts.intake.name}: next attempt`);
  }

  /** Begins. What is in the log already goes at once. */
  start(): void {
    assert(this.#loop === undefined, "a forwarder is started once");
    this.#unsubscribe = this.#parts.wake(() => {
      this.#hasNews = true;
      this.#onNews();
    });
    this.#loop = this.#run();
  }

  /** Ends: sends what is left within `deadline`, then gives up the request in flight. The cursor stays where it is. */
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
    if (this.#state === "holding") this.#pause.end();
  }

  /** Tells how it goes, counted since `start`; `wire_bytes` counts every attempt, as a metered link does. */
  state(): ForwarderState {
    const { intake, clock } = this.#parts;
    const wait = this.#nextAttemptAt === undefined ? null : Math.max(0, this.#nextAttemptAt - clock.monotonic());
    return {
      name: intake.name,
      url: intake.url,
      state: this.#state,
      reason: this.#reason,
      payloads: this.#payloads,
      attempts: this.#attempts,
      wire_bytes: this.#wireBytes,
      last_accepted_at: this.#lastAcceptedAt,
      next_attempt_in_ms: wait,
    };
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const startedAt = this.#parts.clock.monotonic();
      await this.#rest(await this.#pass(), startedAt);
    }
    let isDone = false;
    while (!isDone && !this.#cut.signal.aborted) isDone = (await this.#pass()).kind !== "more";
  }

  /** Delivers as much of the log as one batch holds, and draws the conclusions. */
  async #pass(): Promise<Outcome> {
    this.#isKnocking = false;
    const { cursor } = this.#parts;
    const before = { payloads: this.#payloads, position: cursor.position, rejected: cursor.counts.rejected };
    const outcome = await this.#deliver();
    this.#troubles.setAside(cursor.counts.rejected - before.rejected);
    const isAhead = this.#payloads > before.payloads && cursor.position > before.position;
    if (isAhead) this.#failures = failuresAfterSuccess(this.#failures);
    if (outcome.kind === "retry" || outcome.kind === "hold" || outcome.kind === "unread") {
      if (!this.#cut.signal.aborted) this.#enterTrouble(outcome);
    } else if (isAhead) {
      this.#leaveTrouble();
    }
    return outcome;
  }

  async #deliver(): Promise<Outcome> {
    const { intake, cursor, seriesOf, clock } = this.#parts;
    const window = (): AgeWindow => this.#window();
    let isReading = true;
    try {
      this.#hasNews = false;
      const countMax = this.#countMax();
      const slice = await cursor.read(countMax);
      isReading = false;
      if (slice.from === slice.to) return { kind: "drained" };
      if (!clock.isTrusted()) return { kind: "hold", reason: `the wall clock is not set: ${clock.trustBasis()}` };
      const send = (payload: Payload): Promise<Verdict> => this.#send(payload);
      const interruption = await deliverSlice(slice, { intake, cursor, seriesOf, send, window });
      return interruption ?? { kind: slice.to - slice.from >= countMax ? "more" : "drained" };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const reason = error.code === "STORE_FAILED" ? `the log fails: ${error.message}` : error.message;
      return { kind: isReading ? "unread" : "retry", reason };
    }
  }

  /**
   * What the intake takes. A sample goes only while it would be young enough even if the request takes as long as it
   * may: what grows too old on its way is accepted and lost.
   */
  #window(): AgeWindow {
    const { intake, clock, timeout } = this.#parts;
    const now = clock.now();
    const underWay = Math.min(timeout, intake.maxAge * UNDER_WAY_SHARE_MAX);
    const { maxAge, maxAhead, resolution } = intake;
    return { oldestAt: now - maxAge + underWay, newestAt: now + maxAhead, resolution };
  }

  /** An intake that fails is asked with less: a slow uplink may need smaller payloads to finish within the timeout. */
  #countMax(): number {
    return Math.ceil(this.#parts.intake.limits.pointCountMax / 2 ** this.#failures);
  }

  async #send(payload: Payload): Promise<Verdict> {
    const { intake, http, clock, timeout } = this.#parts;
    this.#attempts += 1;
    this.#wireBytes += payload.body.byteLength;
    const { headers, body, path } = payload;
    const url = new URL(`${intake.url}${path}`);
    const verdict = intake.judge(await http.send({ method: "POST", url, headers, body, timeout }, this.#cut.signal));
    this.#parts.hear?.(verdict);
    if (verdict.kind === "accepted") {
      this.#payloads += 1;
      this.#lastAcceptedAt = clock.now();
    }
    return verdict;
  }

  #enterTrouble({ kind, reason }: Exclude<Outcome, { kind: "drained" | "more" }>): void {
    if (kind !== "unread") this.#failures = failuresAfterFailure(this.#failures);
    this.#state = kind === "hold" ? "holding" : "retrying";
    this.#reason = reason;
    this.#troubles.trouble(this.#state, reason);
  }

  #leaveTrouble(): void {
    this.#state = "delivering";
    this.#reason = "";
    this.#troubles.recovered();
  }

  /** Waits until the next pass is due; not at all while a full batch waits. */
  async #rest(outcome: Outcome, startedAt: MonotonicMillis): Promise<void> {
    const { clock, random, flushInterval } = this.#parts;
    switch (outcome.kind) {
      case "more":
        return;
      case "drained":
        await this.#sleep(millis(startedAt + flushInterval - clock.monotonic()));
        return this.#news();
      case "unread":
        return this.#sleep(flushInterval);
      case "retry":
        return this.#sleep(retryDelay(this.#failures, random.next(), outcome.after));
      case "hold":
        if (this.#isKnocking) return;
        return this.#sleep(knockDelay(this.#failures, random.next()));
    }
  }

  async #sleep(delay: Millis): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#nextAttemptAt = (this.#parts.clock.monotonic() + delay) as MonotonicMillis;
    await this.#pause.wait(delay);
    this.#nextAttemptAt = undefined;
  }

  #news(): Promise<void> {
    if (this.#hasNews || this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onNews = resolve;
    });
  }
}
