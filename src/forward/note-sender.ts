/**
 * Sends one kind of note to an intake, beside the forwarder and never in its way.
 *
 * Each request is composed at its moment, so what failed is simply composed and tried again, and what was overtaken
 * meanwhile is never sent.
 */

import assert from "node:assert/strict";
import { GatewayError } from "../model/errors.ts";
import type { IntakeResponse, Payload, Verdict } from "../model/intake.ts";
import type { NoteStatus } from "../model/status.ts";
import { type Clock, type EpochMillis, type Millis, type MonotonicMillis, millis, type Random } from "../model/time.ts";
import type { HttpClient } from "../platform/http-client.ts";
import type { Logger } from "../telemetry/logger.ts";
import { Pause } from "./pause.ts";
import { failuresAfterFailure, knockDelay, retryDelay } from "./retry-schedule.ts";

/** One kind of note. */
export interface Note {
  /** What it is, in the plural: `service checks`. */
  readonly name: string;
  /** The pace, while it is taken. */
  readonly interval: Millis;
  /** Makes the request of this moment; undefined when there is nothing to tell. */
  compose(): Payload | undefined | Promise<Payload | undefined>;
  /** Hears that what was composed last is taken; gives whether there is more to send at once. */
  taken(): boolean | Promise<boolean>;
  /** Whether what there is tells of something wrong, or of its end; leaving it out means that it never does. */
  isUrgent?(): boolean;
  /**
   * Hears that what was composed last is too big, or that something in it is wrong; gives whether what is composed next
   * is another request, to be sent at once. Leaving it out means that the same is tried again later.
   */
  refused?(refusal: Refusal): boolean | Promise<boolean>;
}

/** A verdict that finds fault with the payload itself. */
export type Refusal = Extract<Verdict, { readonly kind: "split" | "rejected" }>;

/** The wait before a request that is to go at once. */
const AT_ONCE = millis(0);

/** What a sender of notes is made of. */
export interface NoteSenderParts {
  readonly note: Note;
  readonly intake: {
    readonly name: string;
    readonly url: string;
    readonly judge: (response: IntakeResponse) => Verdict;
  };
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly timeout: Millis;
  /**
   * How long a note waits for a metered uplink, of whose kind the last went then; leaving it out means not at all.
   */
  readonly noteWait?: ((isUrgent: boolean, lastAt: MonotonicMillis | undefined) => Millis) | undefined;
  /** Hears every verdict. */
  readonly hear: (verdict: Verdict) => void;
}

/** Sends one kind of note from `start` to `stop`. */
export class NoteSender {
  readonly #parts: NoteSenderParts;
  /** Aborts when the gateway begins to stop: waits end. */
  readonly #stopping = new AbortController();
  /** Aborts when the time to stop is used up: requests end. */
  readonly #cut = new AbortController();
  readonly #pause: Pause;
  #loop: Promise<void> | undefined;
  #sent = 0;
  #failed = 0;
  #wireBytes = 0;
  #failuresInRow = 0;
  #lastAcceptedAt: EpochMillis | null = null;
  #lastTakenAt: MonotonicMillis | undefined;
  #reason = "";
  #isTold = false;
  /** Someone asked for an attempt since the last one began. */
  #isKnocking = false;

  constructor(parts: NoteSenderParts) {
    this.#parts = parts;
    this.#pause = new Pause(parts.clock, `${parts.intake.name}: ${parts.note.name}`);
  }

  /** Begins, and sends at once what there is. */
  start(): void {
    assert(this.#loop === undefined, "a sender of notes is started once");
    this.#loop = this.#run();
  }

  /** Ends: sends what is left within `deadline`, and nothing where it is left out; a request in flight is given up. */
  async stop(deadline?: Millis): Promise<void> {
    const { clock, note, intake } = this.#parts;
    const cut = (): void => this.#cut.abort();
    const timer = deadline === undefined ? cut() : clock.after(`${intake.name}: stop of ${note.name}`, deadline, cut);
    this.#stopping.abort();
    this.#pause.end();
    await this.#loop;
    timer?.cancel();
  }

  /** Tries again at once what was not taken, because what was in the way may be mended. */
  knock(): void {
    this.#isKnocking = true;
    if (this.#failuresInRow > 0) this.#pause.end();
  }

  /** Tells how it goes. */
  state(): NoteStatus {
    return { sent: this.#sent, failed: this.#failed, last_accepted_at: this.#lastAcceptedAt, reason: this.#reason };
  }

  /** What every attempt cost on the wire. Units: bytes. */
  get wireBytes(): number {
    return this.#wireBytes;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#isKnocking = false;
      const delay = await this.#beat();
      const isAtOnce = delay === AT_ONCE || (this.#isKnocking && this.#failuresInRow > 0);
      if (!isAtOnce && !this.#stopping.signal.aborted) await this.#pause.wait(delay);
    }
    let isDone = false;
    while (!isDone && !this.#cut.signal.aborted) isDone = (await this.#beat()) !== AT_ONCE;
  }

  /** Sends what there is; gives the wait until the next time. */
  async #beat(): Promise<Millis> {
    const { note, clock, noteWait } = this.#parts;
    const wait = noteWait?.(note.isUrgent?.() ?? false, this.#lastTakenAt) ?? 0;
    if (wait > 0) return millis(Math.min(wait, note.interval));
    const payload = await note.compose();
    if (payload === undefined) return note.interval;
    const verdict = await this.#send(payload);
    if (verdict.kind === "accepted") {
      this.#sent += 1;
      this.#failuresInRow = 0;
      this.#lastAcceptedAt = clock.now();
      this.#lastTakenAt = clock.monotonic();
      this.#reason = "";
      this.#isTold = false;
      return (await note.taken()) ? AT_ONCE : note.interval;
    }
    if (this.#cut.signal.aborted) return note.interval;
    this.#failed += 1;
    this.#reason = verdict.reason;
    const isRefused = verdict.kind === "split" || verdict.kind === "rejected";
    if (isRefused && (await note.refused?.(verdict)) === true) return AT_ONCE;
    return this.#backOff(verdict);
  }

  #backOff(verdict: Exclude<Verdict, { readonly kind: "accepted" }>): Millis {
    const { random } = this.#parts;
    this.#failuresInRow = failuresAfterFailure(this.#failuresInRow);
    if (verdict.kind === "retry") return retryDelay(this.#failuresInRow, random.next(), verdict.after);
    this.#tell(verdict.reason);
    return knockDelay(this.#failuresInRow, random.next());
  }

  async #send({ path, headers, body }: Payload): Promise<Verdict> {
    const { intake, http, timeout, hear } = this.#parts;
    this.#wireBytes += body.byteLength;
    try {
      const url = new URL(`${intake.url}${path}`);
      const response = await http.send({ method: "POST", url, headers, body, timeout }, this.#cut.signal);
      const verdict = intake.judge(response);
      hear(verdict);
      return verdict;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { kind: "retry", reason: error.message };
    }
  }

  /** Tells once of an answer that refuses; of an intake that is out of reach the forwarder tells. */
  #tell(reason: string): void {
    const { note, intake, logger } = this.#parts;
    if (this.#isTold) return;
    this.#isTold = true;
    logger.warn(`Intake ${intake.name} did not take the ${note.name}: ${reason}. They are sent again later.`);
  }
}
