/**
 * Keeps the API key of one intake: asks whether it is good before any payload has to fail, and where it is refused
 * reads it again, so that a key that was changed is used without a restart.
 */

import assert from "node:assert/strict";
import { GatewayError } from "../model/errors.ts";
import type { NoteIntake, Verdict } from "../model/intake.ts";
import { type Clock, type Millis, type MonotonicMillis, millis, type Random, seconds } from "../model/time.ts";
import type { HttpClient } from "../platform/http-client.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { NoteSenderParts } from "./note-sender.ts";
import { Pause } from "./pause.ts";
import { failuresAfterFailure, knockDelay } from "./retry-schedule.ts";

/** A good key is asked about again after this time. */
const VALIDATE_INTERVAL = seconds(3600);

/** A refused key is read again this often, and not more often: behind it may be a command. */
const READ_INTERVAL = seconds(30);

const REFUSED = "the intake refuses the API key; correct `api_key` in tidegate.yaml";

/** What a keeper is made of. */
export interface KeyKeeperParts {
  readonly name: string;
  readonly url: string;
  readonly apiKey: string;
  readonly intake: Pick<NoteIntake, "askKey" | "judgeKey">;
  /**
   * Reads the key of the intake of this name anew from where it is configured; undefined when there is none. Leaving it
   * out means that it cannot change.
   */
  readonly readApiKey?: ((intake: string) => Promise<string | undefined>) | undefined;
  /** How long a question waits for a metered uplink; leaving it out means not at all. */
  readonly noteWait?: NoteSenderParts["noteWait"];
  /** Called when another key is in use. */
  readonly onChange: () => void;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly timeout: Millis;
}

/** Keeps the key from `start` to `stop`. */
export class KeyKeeper {
  readonly #parts: KeyKeeperParts;
  readonly #stopping = new AbortController();
  readonly #stopped = Promise.withResolvers<undefined>();
  readonly #pause: Pause;
  #loop: Promise<void> | undefined;
  #key: string;
  #isRefused = false;
  /** A payload was refused for the key, and the intake has not been asked about it since. */
  #isDoubted = false;
  #failures = 0;
  #readAt: MonotonicMillis | undefined;
  /** Why the key could not be read the last time; empty when it could. */
  #readFailure = "";

  constructor(parts: KeyKeeperParts) {
    this.#parts = parts;
    this.#key = parts.apiKey;
    this.#pause = new Pause(parts.clock, `${parts.name}: API key`);
  }

  /** The key to use now. */
  get key(): string {
    return this.#key;
  }

  /** Why nothing will be taken, and what to do; empty while nothing is known against the key. */
  get refusal(): string {
    return this.#isRefused ? REFUSED : "";
  }

  /** Begins, and asks at once. */
  start(): void {
    assert(this.#loop === undefined, "a keeper is started once");
    this.#loop = this.#run();
  }

  /** Ends at once; a question in flight is given up. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stopped.resolve(undefined);
    this.#pause.end();
    await this.#loop;
  }

  /** Hears how payloads fare: what is taken proves the key, whatever was said of it before. */
  hear(verdict: Verdict): void {
    if (verdict.kind === "accepted") this.#isRefused = false;
    else if (verdict.kind === "hold" && verdict.isKeyRefused === true && !this.#isRefused) {
      this.#isRefused = true;
      this.#isDoubted = true;
      this.#pause.end();
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const closed = this.#parts.noteWait?.(false, undefined) ?? 0;
      if (closed > 0) await this.#pause.wait(millis(Math.min(closed, READ_INTERVAL)));
      else await this.#wait(await this.#ask());
    }
  }

  /** Asks whether the key is good; gives the wait until it is asked again. No answer means nothing. */
  async #ask(): Promise<Millis> {
    const { name, random, logger } = this.#parts;
    this.#isDoubted = false;
    const isGood = await this.#validate();
    if (isGood === true) {
      this.#isRefused = false;
      this.#failures = 0;
      return VALIDATE_INTERVAL;
    }
    if (isGood === false && !this.#isRefused) {
      this.#isRefused = true;
      logger.warn(`Intake ${name} is holding: ${REFUSED}.`);
    }
    this.#failures = failuresAfterFailure(this.#failures);
    return knockDelay(this.#failures, random.next());
  }

  async #validate(): Promise<boolean | undefined> {
    const { intake, url, http, timeout } = this.#parts;
    const { path, headers } = intake.askKey();
    try {
      const request = { method: "GET", url: new URL(`${url}${path}`), headers, timeout } as const;
      return intake.judgeKey(await http.send(request, this.#stopping.signal));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return undefined;
    }
  }

  /** Waits, and meanwhile reads a refused key again and again; ends early with another key, or with a doubt. */
  async #wait(delay: Millis): Promise<void> {
    const { clock } = this.#parts;
    const until = clock.monotonic() + delay;
    while (!this.#stopping.signal.aborted) {
      if (this.#isRefused && (await this.#renew())) return;
      if (this.#isDoubted) return;
      const left = until - clock.monotonic();
      if (left <= 0 || this.#stopping.signal.aborted) return;
      await this.#pause.wait(millis(this.#isRefused ? Math.min(left, READ_INTERVAL) : left));
    }
  }

  /** Reads the key again; true when it is another one, which is in use from then on. */
  async #renew(): Promise<boolean> {
    const { name, readApiKey, clock, logger, onChange } = this.#parts;
    if (readApiKey === undefined) return false;
    if (this.#readAt !== undefined && clock.monotonic() - this.#readAt < READ_INTERVAL) return false;
    const key = await this.#read(() => readApiKey(name));
    // Counted from its end: a command that takes as long as it may would else be started again at once.
    this.#readAt = clock.monotonic();
    if (key === undefined || key === "" || key === this.#key) return false;
    this.#key = key;
    this.#isRefused = false;
    this.#failures = 0;
    logger.info(`Intake ${name} is asked with another API key.`);
    onChange();
    return true;
  }

  /** Reads the key; a reader that never ends does not keep the gateway from stopping. */
  async #read(read: () => Promise<string | undefined>): Promise<string | undefined> {
    try {
      const key = await Promise.race([read(), this.#stopped.promise]);
      this.#readFailure = "";
      return key;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      if (error.message !== this.#readFailure) {
        this.#parts.logger.warn(`The API key could not be read again: ${error.message}`);
      }
      this.#readFailure = error.message;
      return undefined;
    }
  }
}
