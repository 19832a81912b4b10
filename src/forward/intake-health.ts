/** How it is with one intake: whether it takes what goes to it, how often it did not, and when it is asked again. */

import type { Intake } from "../model/intake.ts";
import type { IntakeStatus } from "../model/status.ts";
import { type Clock, type Millis, millis, type Random } from "../model/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { LaneSchedule } from "./lane-schedule.ts";
import type { UplinkMetering } from "./metering/uplink-metering.ts";
import { failuresAfterFailure, failuresAfterSuccess, knockDelay, retryDelay } from "./retry-schedule.ts";
import { TroubleLog } from "./trouble-log.ts";
import type { Trouble } from "./turn-outcome.ts";

/** What is needed to judge it. */
export interface HealthParts {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly flushInterval: Millis;
  readonly metering?: UplinkMetering | undefined;
  /** Is told how long lanes have to wait. */
  readonly schedule: LaneSchedule;
}

/** The health of one intake since the gateway started. */
export class IntakeHealth {
  readonly #parts: HealthParts;
  readonly #cut: AbortSignal;
  readonly #troubles: TroubleLog;
  #state: IntakeStatus["state"] = "idle";
  #reason = "";
  #failures = 0;
  #isTroubleOfLive = false;
  /** Someone asked for an attempt since the last one began. */
  #isKnocking = false;

  /** What fails once `cut` gave up the request in flight is no trouble. */
  constructor(parts: HealthParts, cut: AbortSignal) {
    this.#parts = parts;
    this.#cut = cut;
    this.#troubles = new TroubleLog(parts.intake.name, parts.clock, parts.logger);
  }

  get state(): IntakeStatus["state"] {
    return this.#state;
  }

  /** Empty while all is well. */
  get reason(): string {
    return this.#reason;
  }

  /** Whether samples of the live lane keep it from going on, and not the intake. */
  get isTroubleOfLive(): boolean {
    return this.#isTroubleOfLive;
  }

  /** Whether the intake takes nothing at all. */
  get isFailing(): boolean {
    return (this.#state === "retrying" || this.#state === "holding") && !this.#isTroubleOfLive;
  }

  /** An intake that fails is asked with less: a slow uplink may need smaller payloads to finish within the timeout. */
  get countMax(): number {
    return Math.ceil(this.#parts.intake.limits.pointCountMax / 2 ** this.#failures);
  }

  /** Asks for an attempt at once where one would be put off until a person has mended something. */
  knock(): void {
    this.#isKnocking = true;
  }

  noteAttempt(): void {
    this.#isKnocking = false;
  }

  noteTaken(): void {
    this.#failures = failuresAfterSuccess(this.#failures);
  }

  /** Samples were refused and set aside. */
  noteSetAside(count: number): void {
    this.#troubles.setAside(count);
  }

  /** Puts off the next attempt, of the live lane alone where other lanes may go on. */
  enterTrouble(trouble: Trouble, isOfLive: boolean): void {
    if (this.#cut.aborted) return;
    const { kind, reason } = trouble;
    const { clock, schedule } = this.#parts;
    if (kind !== "unread") this.#failures = failuresAfterFailure(this.#failures);
    this.#state = kind === "hold" ? "holding" : "retrying";
    this.#reason = reason;
    this.#troubles.trouble(this.#state, reason);
    const until = clock.monotonic() + this.#delayAfter(trouble);
    schedule.delayLive(until);
    this.#isTroubleOfLive = isOfLive;
    if (!isOfLive) schedule.delayBackfill(until);
  }

  leaveTrouble(): void {
    this.#isTroubleOfLive = false;
    this.#state = "delivering";
    this.#reason = "";
    this.#troubles.recovered();
  }

  #delayAfter(trouble: Trouble): Millis {
    const { random, flushInterval, metering } = this.#parts;
    switch (trouble.kind) {
      case "unread":
        return flushInterval;
      case "retry":
        return millis(retryDelay(this.#failures, random.next(), trouble.after) + (metering?.returnDelay() ?? 0));
      case "hold":
        return this.#isKnocking ? millis(0) : knockDelay(this.#failures, random.next());
    }
  }
}
