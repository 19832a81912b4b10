/** How the wall clock was set between two looks at it, for stages that lay what they keep on the clock as it is. */

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

/** Looks at a clock. */
export class ClockWatch {
  readonly #clock: Clock;
  /** How far the wall clock was ahead of the monotonic one, and whether it was right, when it was last looked at. */
  #line: number;
  #isTrusted: boolean;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#line = clock.now() - clock.monotonic();
    this.#isTrusted = clock.isTrusted();
  }

  /** Says how it was set since the last look; undefined where it was not, and is not believed only now. */
  look(): ClockChange | undefined {
    const isTrusted = this.#clock.isTrusted();
    const line = this.#clock.now() - this.#clock.monotonic();
    const by = Math.round(line - this.#line);
    const wasTrusted = this.#isTrusted;
    this.#line = line;
    this.#isTrusted = isTrusted;
    if (Math.abs(by) <= JUMP_MS_MIN && (wasTrusted || !isTrusted)) return undefined;
    return { by, wasTrusted, keptFlags: isTrusted ? ALL_FLAGS & ~FLAG.clockUntrusted : ALL_FLAGS };
  }
}
