/** Says in the log when a bus has no time for its polls or is slow, or a unit on it is hard to hear. */

import type { BusStatus } from "../model/status.ts";
import { type Clock, seconds, type Timer } from "../model/time.ts";
import type { Logger } from "../telemetry/logger.ts";

/** How often it looks. */
const LOOK_INTERVAL = seconds(60);

/** Looks at all buses from `start` to `stop`. What goes on is said once, until it was well in between. */
export class BusWatch {
  readonly #look: () => readonly BusStatus[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  #said = new Set<string>();
  #timer: Timer | undefined;

  constructor(look: () => readonly BusStatus[], clock: Clock, logger: Logger) {
    this.#look = look;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Begins; what can be predicted is said at once. */
  start(): void {
    const standing = new Set<string>();
    for (const { bus, warning, notice, devices } of this.#look()) {
      if (notice !== undefined) this.#say(`slowness of ${bus}`, `${notice.found} ${notice.remedy}`, standing);
      if (warning !== null) this.#say(`time of ${bus}`, warning, standing);
      for (const each of devices) if (each.warning !== null) this.#say(each.device, each.warning, standing);
    }
    this.#said = standing;
    this.#timer = this.#clock.after("bus watch", LOOK_INTERVAL, () => this.start());
  }

  /** Ends. */
  stop(): void {
    this.#timer?.cancel();
  }

  #say(about: string, warning: string, standing: Set<string>): void {
    standing.add(about);
    if (!this.#said.has(about)) this.#logger.warn(warning);
  }
}
