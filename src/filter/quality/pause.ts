/** Whether a sample goes on from the one before, or begins anew after a pause. */

import type { Millis } from "../../model/time.ts";

/** So many times the distance at which samples come make a pause: what was before tells nothing of what comes then. */
const PAUSE_DISTANCES = 3;

/** The moments of one series. Units: milliseconds since 1970. */
export class Pause {
  /** How often samples are due. */
  interval: Millis;
  #at = Number.NaN;
  #distance = 0;

  constructor(interval: Millis) {
    this.interval = interval;
  }

  /** What is longer than this is a pause; samples that come by themselves, and more seldom, set the measure too. */
  get longest(): number {
    return PAUSE_DISTANCES * Math.max(this.interval, this.#distance);
  }

  /** Takes the moment of the next sample, and says whether it begins anew: the first, late, or from before the last. */
  take(at: number): boolean {
    const distance = at - this.#at;
    const isNew = !(distance >= 0 && distance <= this.longest);
    this.#at = at;
    this.#distance = distance > 0 ? distance : 0;
    return isNew;
  }

  /** Moves the moment, because the clock was set. Units: milliseconds. */
  move(by: number): void {
    this.#at += by;
  }
}
