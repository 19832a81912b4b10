import { setTimeout as delay } from "node:timers/promises";
import type { IntakeServer } from "../intake/intake-server.ts";

/** When the plant runs without end, the outage begins after as long. Units: seconds. */
const START_WITHOUT_END = 10;

/** What an outage needs to know. Units: seconds. */
export interface OutageOptions {
  readonly seconds: number | undefined;
  readonly outageSeconds: number;
}

/** Takes the intake away once, in the middle of the run. */
export class Outage {
  readonly #intake: IntakeServer;
  readonly #abort = new AbortController();
  readonly #over: Promise<void>;

  constructor(intake: IntakeServer, options: OutageOptions) {
    this.#intake = intake;
    this.#over = options.outageSeconds > 0 ? this.#run(options) : Promise.resolve();
  }

  /** Ends it early, or leaves it out: the intake is there when this resolves. */
  async end(): Promise<void> {
    this.#abort.abort();
    await this.#over;
  }

  async #run({ seconds, outageSeconds }: OutageOptions): Promise<void> {
    const start = seconds === undefined ? START_WITHOUT_END : (seconds - outageSeconds) / 2;
    await this.#wait(start);
    if (this.#abort.signal.aborted) return;
    await this.#intake.takeAway();
    await this.#wait(outageSeconds);
    await this.#intake.bringBack();
  }

  async #wait(seconds: number): Promise<void> {
    // Only an abort ends the wait early, and it is no error here.
    await delay(seconds * 1000, undefined, { signal: this.#abort.signal }).catch(() => undefined);
  }
}
