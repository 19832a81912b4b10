import { type Clock, type Millis, sleep } from "../model/time.ts";

/** A wait that can be cut short. One is under way at a time. */
export class Pause {
  readonly #clock: Clock;
  readonly #name: string;
  #cut = new AbortController();

  /** `name` is that of its timer. */
  constructor(clock: Clock, name: string) {
    this.#clock = clock;
    this.#name = name;
  }

  /** Waits for `delay`, or until `end`. */
  wait(delay: Millis): Promise<void> {
    this.#cut = new AbortController();
    return sleep(this.#clock, this.#name, delay, this.#cut.signal);
  }

  /** Ends the wait under way; does nothing where there is none. */
  end(): void {
    this.#cut.abort();
  }
}
