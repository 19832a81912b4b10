/** Says when forwarding goes wrong and when it is well again, and not more often than a person wants to read it. */

import type { Clock, MonotonicMillis } from "../model/time.ts";
import type { Logger } from "../telemetry/logger.ts";

/** The two ways in which forwarding is not well. */
export type Trouble = "retrying" | "holding";

/** The same trouble is told again after this time. Units: milliseconds. */
const REPEAT_AFTER = 600_000;

/** Trouble that comes and goes is told this often at most. Units: milliseconds. */
const QUIET_AFTER = 60_000;

/** The teller of one intake. */
export class TroubleLog {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #toldAt = new Map<Trouble | "refused", MonotonicMillis>();
  #told: Trouble | undefined;
  #refused = 0;

  /** `name` is the intake's. */
  constructor(name: string, clock: Clock, logger: Logger) {
    this.#name = name;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Tells of trouble when it is news. */
  trouble(trouble: Trouble, reason: string): void {
    if (!this.#isQuietFor(trouble, trouble === this.#told ? REPEAT_AFTER : QUIET_AFTER)) return;
    this.#told = trouble;
    this.#logger.warn(`Intake ${this.#name} is ${trouble}: ${reason}.`);
  }

  /** Tells that all is well, if trouble was told. */
  recovered(): void {
    if (this.#told === undefined) return;
    this.#told = undefined;
    this.#logger.info(`Intake ${this.#name} is delivering again.`);
  }

  /** Tells that samples were refused and set aside. */
  setAside(count: number): void {
    this.#refused += count;
    if (this.#refused === 0 || !this.#isQuietFor("refused", QUIET_AFTER)) return;
    const found = `Intake ${this.#name} refused ${this.#refused} samples; they are set aside with its answers`;
    this.#logger.warn(`${found}: \`tidegate log quarantine list\` shows them.`);
    this.#refused = 0;
  }

  /** Says whether nothing of this kind was told for so long, and if so counts it as told now. */
  #isQuietFor(kind: Trouble | "refused", wait: number): boolean {
    const now = this.#clock.monotonic();
    const toldAt = this.#toldAt.get(kind);
    if (toldAt !== undefined && now - toldAt < wait) return false;
    this.#toldAt.set(kind, now);
    return true;
  }
}
