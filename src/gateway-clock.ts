/** How the wall clock was set between two looks at it, for stages that lay what they keep on the clock as it is. */

import type { Log } from "./model/log.ts";
import { FLAG } from "./model/samples.ts";
import type { Clock } from "./model/time.ts";
import { JUMP_MS_MIN } from "./store/place-epochs.ts";

const ALL_FLAGS = 0xff;

/** A change of the clock. */
export interface ClockChange {
  /** How far it was put. Units: milliseconds. */
  readonly by: number;
  /** Whether it could be believed before. */
  readonly wasTrusted: boolean;
  /** The flags that samples keep over it. */
  readonly keptFlags: number;
}

/** Looks at a clock as the log does: what stages keep lies to the millisecond where the log has it. */
export class ClockWatch {
  readonly #clock: Pick<Clock, "isTrusted">;
  readonly #log: Pick<Log, "clockLead">;
  /** As they were when it was last looked at. */
  #lead: number;
  #isTrusted: boolean;

  constructor(clock: Pick<Clock, "isTrusted">, log: Pick<Log, "clockLead">) {
    this.#clock = clock;
    this.#log = log;
    this.#lead = log.clockLead();
    this.#isTrusted = clock.isTrusted();
  }

  /** Says how it was set since the last look; undefined where it was not, and is not believed only now. */
  look(): ClockChange | undefined {
    const isTrusted = this.#clock.isTrusted();
    const lead = this.#log.clockLead();
    const by = Math.round(lead - this.#lead);
    const wasTrusted = this.#isTrusted;
    this.#lead = lead;
    this.#isTrusted = isTrusted;
    if (Math.abs(by) <= JUMP_MS_MIN && (wasTrusted || !isTrusted)) return undefined;
    return { by, wasTrusted, keptFlags: isTrusted ? ALL_FLAGS & ~FLAG.clockUntrusted : ALL_FLAGS };
  }
}
